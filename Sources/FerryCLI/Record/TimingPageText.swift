/// The page around the data of `--timing=html:FILE`. It holds all that it needs and may ask nobody for more.
enum TimingPageText {
    /// Up to the data.
    static let start = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:">
        <meta name="color-scheme" content="light dark">
        <link rel="icon" href="data:,">
        <title>Where the time went - ferry</title>
        <style>
        \(style)
        </style>
        </head>
        <body>
        <header>
        <h1>Where the time went</h1>
        <dl id="summary"></dl>
        </header>
        <main>
        <form id="controls" aria-label="What is shown">
        <label>Show <select id="view"><option value="transfers">transfers</option><option value="connections">connections</option></select></label>
        <label>Filter <input id="filter" type="search" placeholder="URL, status, #connection" autocomplete="off"></label>
        <label>Only <select id="only"><option value="all">all</option><option value="failed">failed</option><option value="redirected">with redirects</option><option value="retried">with retries</option></select></label>
        <label>Sort <select id="sort"><option value="start">by start</option><option value="duration">by duration</option><option value="status">by status</option><option value="url">by URL</option></select></label>
        <label>Scale <select id="scale"><option value="view">the rows in view</option><option value="run">the whole run</option><option value="each">each from its start</option></select></label>
        <output id="count" aria-live="polite"></output>
        </form>
        <ul id="legend" aria-label="Phases"></ul>
        <div id="axis" aria-hidden="true"></div>
        <div id="list" role="listbox" tabindex="0" aria-label="Transfers; arrow keys move, Enter shows the details"><div id="rows"></div></div>
        <section id="details" aria-live="polite" aria-label="Details"><p>Choose a row for its details.</p></section>
        <noscript><p>This page draws its picture with the script that it holds; scripts are switched off here.</p></noscript>
        </main>
        <script type="application/json" id="data">
        """

    /// Behind the data.
    static let end = """
        </script>
        <script>
        \(script)
        </script>
        </body>
        </html>

        """

    private static let style = """
        :root { color-scheme: light dark; --back: #ffffff; --text: #1b1b1f; --faint: #5c5f66; --line: #d5d7dc; --mark: #e4ecfb; --bad: #b3261e;
          --p0: #8a8f99; --p1: #2a7f62; --p2: #c77700; --p3: #8a5a00; --p4: #8e44ad; --p5: #0b63c5; --p6: #4f9d3a; --p7: #2b9fd9; --p8: #c9ccd3; --p9: #e2b7c3; --row: 28px; }
        @media (prefers-color-scheme: dark) {
          :root { --back: #16181d; --text: #e8e9ec; --faint: #a3a7b0; --line: #353841; --mark: #24344f; --bad: #ff8a80;
            --p0: #8d929c; --p1: #4fc39b; --p2: #f0a33a; --p3: #c99a4a; --p4: #c48be0; --p5: #6aa9f5; --p6: #86cf72; --p7: #62c4f2; --p8: #4b4f59; --p9: #8d5d6b; } }
        * { box-sizing: border-box; }
        body { margin: 0; padding: 1rem; background: var(--back); color: var(--text); font: 15px/1.45 system-ui, sans-serif; }
        h1 { font-size: 1.25rem; margin: 0 0 .5rem; } h2 { font-size: 1.05rem; margin: .75rem 0 .25rem; overflow-wrap: anywhere; }
        dl { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; margin: 0 0 1rem; }
        dl div { display: flex; gap: .4rem; } dt { color: var(--faint); } dd { margin: 0; font-variant-numeric: tabular-nums; }
        #controls { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; margin-bottom: .5rem; }
        input, select { font: inherit; color: inherit; background: var(--back); border: 1px solid var(--faint); border-radius: 4px; padding: .15rem .35rem; max-width: 100%; }
        #legend { display: flex; flex-wrap: wrap; gap: .15rem .9rem; list-style: none; margin: 0 0 .5rem; padding: 0; color: var(--faint); }
        #legend i { display: inline-block; width: .8em; height: .8em; margin-right: .35em; border-radius: 2px; vertical-align: -.05em; }
        #axis { position: relative; height: 1.4em; color: var(--faint); font-size: .8rem; margin-left: 40%; border-bottom: 1px solid var(--line); }
        #axis span { position: absolute; border-left: 1px solid var(--line); padding-left: 3px; white-space: nowrap; }
        #list { position: relative; height: 60vh; min-height: 12rem; overflow-y: auto; border: 1px solid var(--line); }
        #list:focus-visible { outline: 3px solid var(--p5); outline-offset: 1px; }
        #rows { position: relative; overflow: hidden; }
        .row { position: absolute; left: 0; right: 0; height: var(--row); display: grid; grid-template-columns: calc(40% - 10.5rem) 4rem 6.5rem 60%; align-items: center; cursor: default; font-variant-numeric: tabular-nums; }
        .row[aria-selected=true] { background: var(--mark); }
        .row > span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; padding: 0 .4rem; }
        .row .time { text-align: right; } .bad { color: var(--bad); font-weight: 600; }
        .row svg { display: block; width: 100%; height: 16px; }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums; } th, td { text-align: left; padding: .1rem .8rem .1rem 0; border-bottom: 1px solid var(--line); } td.n { text-align: right; }
        caption { text-align: left; color: var(--faint); overflow-wrap: anywhere; } #details { overflow-x: auto; }
        \((0..<Phase.allCases.count).map { ".p\($0) { fill: var(--p\($0)); background: var(--p\($0)); }" }.joined(separator: "\n"))
        @media (max-width: 700px) { :root { --row: 48px; } #axis { margin-left: 0; }
          .row { grid-template-columns: 1fr auto auto; grid-template-rows: 1fr 18px; } .row svg { grid-column: 1 / -1; } }
        @media (forced-colors: active) { .row[aria-selected=true] { outline: 2px solid Highlight; outline-offset: -2px; } svg { forced-color-adjust: none; } }
        """
}
