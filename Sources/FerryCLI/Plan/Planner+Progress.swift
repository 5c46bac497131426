extension Planner {
    /// JSON is for programs, which -s does not silence.
    var progress: ProgressForm {
        let global = settings.global
        if global.progress == .json { return .json }
        if global.silent || global.progressMeter == false { return .none }
        switch global.progress {
        case nil:
            return global.progressBar || global.progressMeter != nil
                ? .meter(isBar: global.progressBar) : .auto
        case .auto: return .auto
        case .bars: return .bars
        case .plain: return .plain
        case .json: return .json
        case .some(.none): return .none
        }
    }
}
