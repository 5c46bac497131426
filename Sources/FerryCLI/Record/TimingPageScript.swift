extension TimingPageText {
    /// Draws the rows that are to be seen and no others, so that ten thousand are as quick as ten.
    static let script = #"""
        "use strict";
        const data = JSON.parse(document.getElementById("data").textContent);
        const phases = data.phases;
        const transfers = data.transfers.map(t => ({
          number: t[0], start: t[1], end: t[2], bytes: t[3], code: t[4], error: t[5], spans: t[7],
          hops: t[6].map(h => ({ attempt: h[0], hop: h[1], method: h[2], url: h[3], status: h[4], connection: h[5], reused: h[6] === 1, start: h[7] }))
        }));
        const element = id => document.getElementById(id);
        const make = (name, text, kind) => {
          const made = document.createElement(name);
          if (text !== undefined) made.textContent = text;
          if (kind) made.className = kind;
          return made;
        };
        const time = us => us >= 1e6 ? (us / 1e6).toFixed(2) + " s" : us >= 1e3 ? (us / 1e3).toFixed(us >= 1e5 ? 0 : 1) + " ms" : us + " µs";
        const size = n => n >= 1e6 ? (n / 1e6).toFixed(1) + " MB" : n >= 1e3 ? (n / 1e3).toFixed(1) + " KB" : n + " B";
        const last = t => t.hops[t.hops.length - 1];
        const status = t => t.hops.length && last(t).status ? String(last(t).status) : "none";
        const title = t => t.hops.length ? t.hops[0].method + " " + t.hops[0].url : "no request";
        const attempts = t => t.hops.length ? last(t).attempt : 0;
        const redirects = t => t.hops.filter(h => h.hop > 1).length;

        // Connections as lanes: what each of them carried, in the order of first use.
        const lanes = new Map();
        for (const t of transfers) for (const h of t.hops) {
          if (h.connection < 0) continue;
          let lane = lanes.get(h.connection);
          if (!lane) lanes.set(h.connection, lane = { connection: h.connection, spans: [], requests: 0, url: h.url, start: Infinity, end: 0, failed: false, statuses: new Set() });
          lane.requests += 1;
          if (h.status) lane.statuses.add(h.status);
          if (t.code !== 0) lane.failed = true;
          for (const s of t.spans) if (s[1] === h.attempt && s[2] === h.hop && phases[s[0]] !== "queue" && phases[s[0]] !== "pause" && phases[s[0]] !== "other") {
            lane.spans.push(s);
            lane.start = Math.min(lane.start, s[3]);
            lane.end = Math.max(lane.end, s[4]);
          }
        }
        for (const lane of lanes.values()) {
          lane.spans.sort((a, b) => a[3] - b[3]);
          if (lane.start === Infinity) lane.start = lane.end;
        }

        let first = Infinity, end = 0;
        for (const t of transfers) { first = Math.min(first, t.start); end = Math.max(end, t.end); }
        if (!transfers.length) first = 0;
        const whole = Math.max(1, end - first);

        const items = () => element("view").value === "connections"
          ? [...lanes.values()].sort((a, b) => a.connection - b.connection).map(lane => ({
              lane, start: lane.start, end: lane.end, spans: lane.spans, failed: lane.failed,
              name: "#" + lane.connection + " " + lane.url, status: lane.requests + "×", key: "#" + lane.connection + " " + lane.url + " " + [...lane.statuses].join(" "),
              statusKey: -lane.requests, redirected: false, retried: false }))
          : transfers.map(t => ({
              transfer: t, start: t.start, end: t.end, spans: t.spans, failed: t.code !== 0, name: title(t), status: status(t),
              key: t.hops.map(h => h.method + " " + h.url + " " + h.status + " #" + h.connection).join(" ") + " " + (t.error || ""),
              statusKey: t.hops.length ? last(t).status : 0, redirected: redirects(t) > 0, retried: attempts(t) > 1 }));

        let shown = [], active = -1, longest = 1;
        const rowHeight = () => matchMedia("(max-width: 700px)").matches ? 48 : 28;

        function choose() {
          const text = element("filter").value.trim().toLowerCase(), only = element("only").value, sort = element("sort").value;
          shown = items().filter(i => (!text || i.key.toLowerCase().includes(text))
            && (only === "all" || only === "failed" && i.failed || only === "redirected" && i.redirected || only === "retried" && i.retried));
          const by = { start: (a, b) => a.start - b.start, duration: (a, b) => (b.end - b.start) - (a.end - a.start),
            status: (a, b) => a.statusKey - b.statusKey, url: (a, b) => a.name < b.name ? -1 : a.name > b.name ? 1 : 0 };
          shown.sort(by[sort]);
          longest = shown.reduce((most, i) => Math.max(most, i.end - i.start), 1);
          active = shown.length ? 0 : -1;
          element("count").textContent = shown.length + (shown.length === 1 ? " row" : " rows");
          element("rows").style.height = shown.length * rowHeight() + "px";
          element("list").scrollTop = 0;
          draw();
        }

        // From where to where the bars of these rows reach.
        let from = 0, span = 1;
        function fit(items) {
          const scale = element("scale").value;
          if (scale === "view" && items.length) {
            from = items.reduce((least, i) => Math.min(least, i.start), Infinity);
            span = Math.max(1, items.reduce((most, i) => Math.max(most, i.end), 0) - from);
          } else {
            from = first;
            span = scale === "each" ? longest : whole;
          }
        }

        function axis() {
          const start = element("scale").value === "view" ? from - first : 0;
          const rough = span / 5, power = 10 ** Math.floor(Math.log10(rough));
          const step = Math.max(1, [1, 2, 5, 10].map(n => n * power).find(n => n >= rough));
          const place = element("axis");
          place.replaceChildren();
          for (let at = Math.ceil(start / step) * step; at <= start + span; at += step) {
            const tick = make("span", time(at));
            tick.style.left = (at - start) / span * 100 + "%";
            if ((at - start) / span < 0.93) place.append(tick);
          }
        }

        // A thousand places are all that a bar can show: what falls into one place twice is drawn once.
        function bar(item) {
          const zero = element("scale").value === "each" ? item.start : from;
          let rects = "", filled = -1, kind = -1;
          for (const s of item.spans) {
            const x = (s[3] - zero) / span * 1000, w = Math.max(1.5, (s[4] - s[3]) / span * 1000);
            if (x + w <= filled + 0.5 && s[0] === kind) continue;
            rects += '<rect x="' + x.toFixed(1) + '" y="0" width="' + w.toFixed(1) + '" height="10" class="p' + s[0] + '"/>';
            filled = Math.max(filled, x + w);
            kind = s[0];
          }
          return '<svg viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">' + rects + "</svg>";
        }

        const spoken = item => {
          const sums = new Map();
          for (const s of item.spans) sums.set(s[0], (sums.get(s[0]) || 0) + s[4] - s[3]);
          const parts = [...sums].filter(p => phases[p[0]] !== "other").map(p => phases[p[0]] + " " + time(p[1]));
          return item.name + ", " + (item.lane ? item.lane.requests + " requests" : "status " + item.status) + ", " + time(item.end - item.start)
            + (item.failed ? ", failed" : "") + (parts.length ? ": " + parts.join(", ") : "");
        };

        function draw() {
          const height = rowHeight(), list = element("list"), rows = element("rows");
          const top = Math.floor(list.scrollTop / height), bottom = Math.ceil((list.scrollTop + list.clientHeight) / height);
          fit(shown.slice(top, bottom));
          axis();
          const begin = Math.max(0, top - 4), end = Math.min(shown.length, bottom + 4);
          const made = [];
          for (let index = begin; index < end; index++) {
            const item = shown[index], row = make("div", undefined, "row");
            row.id = "row" + index;
            row.style.top = index * height + "px";
            row.setAttribute("role", "option");
            row.setAttribute("aria-posinset", index + 1);
            row.setAttribute("aria-setsize", shown.length);
            row.setAttribute("aria-selected", index === active);
            row.setAttribute("aria-label", spoken(item));
            const name = make("span", item.name);
            name.title = item.name;
            row.append(name, make("span", item.status, item.failed ? "bad" : ""), make("span", time(item.end - item.start), "time"));
            row.insertAdjacentHTML("beforeend", bar(item));
            row.addEventListener("click", () => { move(index); tell(); });
            made.push(row);
          }
          rows.replaceChildren(...made);
          if (active >= begin && active < end) list.setAttribute("aria-activedescendant", "row" + active);
          else list.removeAttribute("aria-activedescendant");
        }

        function move(index) {
          if (!shown.length) return;
          active = Math.min(shown.length - 1, Math.max(0, index));
          const list = element("list"), height = rowHeight();
          if (active * height < list.scrollTop) list.scrollTop = active * height;
          if ((active + 1) * height > list.scrollTop + list.clientHeight) list.scrollTop = (active + 1) * height - list.clientHeight;
          draw();
        }

        function table(caption, heads, lines) {
          const made = make("table"), head = make("tr");
          made.append(make("caption", caption));
          for (const text of heads) { const cell = make("th", text); cell.scope = "col"; head.append(cell); }
          made.append(head);
          for (const line of lines) {
            const row = make("tr");
            line.forEach((text, index) => row.append(make("td", text, index > 0 && typeof text === "string" && /^[0-9]/.test(text) ? "n" : "")));
            made.append(row);
          }
          return made;
        }

        // All about the row that is chosen: attempt by attempt and request by request.
        function tell() {
          const place = element("details"), item = shown[active];
          place.replaceChildren();
          if (!item) return;
          place.append(make("h2", item.name));
          if (item.lane) {
            place.append(make("p", item.lane.requests + " requests in " + time(item.end - item.start) + ", answers " + ([...item.lane.statuses].join(", ") || "none")));
            return;
          }
          const t = item.transfer;
          place.append(make("p", "Transfer " + t.number + ": " + time(t.end - t.start) + ", " + size(t.bytes) + ", exit status " + t.code + (t.error ? ": " + t.error : "")));
          const hops = [...t.hops];
          for (const s of t.spans) {
            if (!hops.some(h => h.attempt === s[1] && h.hop === s[2])) hops.push({ attempt: s[1], hop: s[2] });
          }
          hops.sort((a, b) => a.attempt - b.attempt || a.hop - b.hop);
          for (const h of hops) {
            const spans = t.spans.filter(s => s[1] === h.attempt && s[2] === h.hop);
            if (!spans.length && !h.method) continue;
            const caption = h.method
              ? "Attempt " + h.attempt + ", request " + h.hop + ": " + h.method + " " + h.url + ", " + (h.status || "no answer") + (h.connection >= 0 ? ", connection #" + h.connection + (h.reused ? " again" : "") : "")
              : "Before the first request" + (h.attempt > 1 ? " of attempt " + h.attempt : "");
            place.append(table(caption, ["phase", "after", "took"], spans.map(s => [phases[s[0]], time(s[3] - t.start), time(s[4] - s[3])])));
          }
        }

        function summary() {
          const lengths = transfers.map(t => t.end - t.start).sort((a, b) => a - b);
          const at = q => lengths.length ? time(lengths[Math.min(lengths.length - 1, Math.max(0, Math.ceil(q * lengths.length) - 1))]) : "-";
          const statuses = new Map();
          for (const t of transfers) statuses.set(status(t), (statuses.get(status(t)) || 0) + 1);
          const facts = [["Transfers", transfers.length], ["Failed", transfers.filter(t => t.code !== 0).length], ["Run", time(whole)],
            ["p50", at(0.5)], ["p90", at(0.9)], ["p99", at(0.99)], ["max", at(1)], ["Connections", lanes.size],
            ["Received", size(transfers.reduce((sum, t) => sum + t.bytes, 0))],
            ["Answers", [...statuses].sort().map(s => s[1] + " × " + s[0]).join(", ") || "none"]];
          for (const [name, value] of facts) {
            const pair = make("div");
            pair.append(make("dt", name), make("dd", String(value)));
            element("summary").append(pair);
          }
          phases.forEach((name, index) => {
            const entry = make("li");
            entry.append(make("i", undefined, "p" + index), name);
            element("legend").append(entry);
          });
        }

        for (const id of ["view", "only", "sort", "scale"]) element(id).addEventListener("change", choose);
        element("filter").addEventListener("input", choose);
        element("controls").addEventListener("submit", event => event.preventDefault());
        let waits = false;
        element("list").addEventListener("scroll", () => {
          if (waits) return;
          waits = true;
          requestAnimationFrame(() => { waits = false; draw(); });
        });
        addEventListener("resize", () => { element("rows").style.height = shown.length * rowHeight() + "px"; draw(); });
        element("list").addEventListener("keydown", event => {
          const page = Math.max(1, Math.floor(element("list").clientHeight / rowHeight()) - 1);
          const to = { ArrowDown: active + 1, ArrowUp: active - 1, PageDown: active + page, PageUp: active - page, Home: 0, End: shown.length - 1 }[event.key];
          if (to !== undefined) move(to);
          else if (event.key === "Enter" || event.key === " ") tell();
          else return;
          event.preventDefault();
        });
        summary();
        // A few are seen best in the whole, many only where one looks.
        element("scale").value = transfers.length > 50 ? "view" : "run";
        choose();
        """#
}
