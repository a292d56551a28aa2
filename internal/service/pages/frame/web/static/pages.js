// Pages work without this script. It adds interactive plots, results that follow a form,
// and the progress of a profile being created.
"use strict";

(() => {
  // ---- plots -------------------------------------------------------------
  const sync = window.uPlot && uPlot.sync("window");
  const fetched = new Map();
  const series = (url) => {
    if (!fetched.has(url)) {
      fetched.set(url, fetch(url, { credentials: "same-origin" }).then((r) => (r.ok ? r.json() : Promise.reject(new Error(r.statusText)))));
    }
    return fetched.get(url);
  };
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const digits = new Intl.NumberFormat("en", { maximumSignificantDigits: 4 });
  const units = { ratio: [100, " %"], bytes: [1 / (1 << 20), " MiB"], connections: [1, ""], tasks: [1, ""], "1/s": [1, " /s"] };
  const formatValue = (value, unit) => {
    if (value == null) return "–";
    const [factor, name] = units[unit] || [1, " " + unit];
    return digits.format(value * factor) + name;
  };
  const offset = (seconds) => {
    const h = Math.floor(seconds / 3600), m = Math.floor(seconds / 60) % 60, s = Math.floor(seconds) % 60;
    return "+" + (h ? h + ":" + String(m).padStart(2, "0") : m) + ":" + String(s).padStart(2, "0");
  };

  // mergeTimes puts lines on one time axis; a line without a sample at a time is undefined
  const mergeTimes = (lines) => {
    const times = [...new Set(lines.flatMap((l) => l.t))].sort((a, b) => a - b);
    return [times, ...lines.map((l) => {
      const at = new Map(l.t.map((t, i) => [t, l.v[i]]));
      return times.map((t) => (at.has(t) ? at.get(t) : undefined));
    })];
  };
  // breakGaps inserts null at gaps of more than one sample; splitRuns in plot.go uses the same limit
  const breakGaps = (l) => {
    if (l.t.length < 3) return l;
    const between = l.t.slice(1).map((t, i) => t - l.t[i]).sort((a, b) => a - b);
    const usual = between[between.length >> 1];
    const out = { t: [], v: [] };
    l.t.forEach((t, i) => {
      if (i && t - l.t[i - 1] > usual * 1.5) { out.t.push(l.t[i - 1] + 1); out.v.push(null); }
      out.t.push(t); out.v.push(l.v[i]);
    });
    return out;
  };

  const makeInteractive = async (box) => {
    if (box.dataset.live || !window.uPlot) return;
    box.dataset.live = "1";
    const sources = (box.closest("[data-series]").dataset.series || "").split(" ").filter(Boolean);
    let lines;
    try {
      lines = (await Promise.all(sources.map(series))).map((all) => all[box.dataset.plot]).map((l) => (l ? breakGaps(l) : { t: [], v: [] }));
    } catch { return; } // keep the static plot
    const svg = box.querySelector("svg");
    const low = +box.dataset.low, high = +box.dataset.high, seconds = +box.dataset.seconds, unit = box.dataset.unit;
    const readout = box.closest(".metric").querySelector(".readout");
    const still = readout && readout.textContent;
    const colours = ["--a", "--b"];
    const plot = new uPlot({
      width: box.clientWidth, height: svg.clientHeight || 124, padding: [14, 0, 1, 0],
      legend: { show: false }, axes: [{ show: false }, { show: false }],
      cursor: { sync: sync && { key: sync.key, setSeries: false, scales: ["x", null] }, y: false, points: { size: 7 }, drag: { x: true, y: false } },
      scales: { x: { time: false, range: (_u, from, to) => (from == null || to - from <= 0 ? [0, seconds] : [from, to]) }, y: { range: () => [low, high] } },
      series: [{}, ...lines.map((_l, i) => ({
        stroke: () => style(colours[i]), width: 1.6, dash: i ? [5, 3] : undefined, points: { show: false }, spanGaps: false,
        fill: lines.length === 1 ? () => style("--a") + "1a" : undefined,
      }))],
      hooks: {
        setCursor: [(u) => {
          if (!readout) return;
          const i = u.cursor.idx;
          if (i == null || u.cursor.left < 0) { readout.textContent = still; return; }
          readout.textContent = offset(u.data[0][i]) + "  " + u.data.slice(1).map((d) => formatValue(d[i], unit)).join(" / ");
        }],
      },
    }, mergeTimes(lines), box);
    plot.setScale("x", { min: 0, max: seconds });
    box.classList.add("live");
    new ResizeObserver(() => plot.setSize({ width: box.clientWidth, height: svg.clientHeight || 124 })).observe(box);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => plot.redraw(false, false));
    box.tabIndex = 0;
    box.addEventListener("keydown", (e) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
      if (e.key === "Escape") { plot.setScale("x", { min: 0, max: seconds }); plot.setCursor({ left: -10, top: -10 }); return; }
      if (!step) return;
      e.preventDefault();
      const at = Math.min(plot.data[0].length - 1, Math.max(0, (plot.cursor.idx ?? (step > 0 ? -1 : plot.data[0].length)) + step));
      plot.setCursor({ left: plot.valToPos(plot.data[0][at], "x"), top: 10 });
    });
    box.addEventListener("blur", () => plot.setCursor({ left: -10, top: -10 }));
  };

  const plots = document.querySelectorAll("[data-plot]");
  if (plots.length && "IntersectionObserver" in window) {
    const seen = new IntersectionObserver((entries) => {
      for (const e of entries) if (e.isIntersecting) { seen.unobserve(e.target); makeInteractive(e.target); }
    }, { rootMargin: "200px" });
    plots.forEach((p) => seen.observe(p));
  }

  // ---- a link to a metric opens the group that it is in ------
  const unfold = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const fold = target && target.closest("details:not([open])");
    if (fold) { fold.open = true; target.scrollIntoView(); }
  };
  addEventListener("hashchange", unfold);
  unfold();

  // ---- live results ----------------------------------------
  for (const form of document.querySelectorAll("form[data-live]")) {
    const results = document.getElementById(form.dataset.live);
    let asked = 0, waiting, under;
    const follow = async () => {
      const mine = ++asked;
      const filled = [...new FormData(form)].filter(([, v]) => v !== "");
      const url = form.action.split("?")[0] + "?" + new URLSearchParams(filled);
      if (under) under.abort();
      under = new AbortController();
      results.classList.add("busy");
      try {
        const answer = await fetch(url, { headers: { "X-Fragment": "1" }, credentials: "same-origin", signal: under.signal });
        const html = await answer.text();
        if (mine !== asked) return;
        const open = new Set([...results.querySelectorAll("details[open] > summary")].map((s) => s.firstChild.textContent));
        const shut = new Set([...results.querySelectorAll("details:not([open]) > summary")].map((s) => s.firstChild.textContent));
        results.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
        for (const s of results.querySelectorAll("details > summary")) {
          const name = s.firstChild.textContent;
          if (open.has(name)) s.parentElement.open = true;
          else if (shut.has(name)) s.parentElement.open = false;
        }
        history.replaceState(null, "", url);
        results.classList.remove("busy");
        results.dispatchEvent(new CustomEvent("followed", { bubbles: true }));
      } catch (e) {
        if (e.name !== "AbortError" && mine === asked) form.submit(); // fall back to a page load
      }
    };
    form.addEventListener("input", (e) => {
      clearTimeout(waiting);
      waiting = setTimeout(follow, e.target.matches("select, [type=radio], [type=checkbox]") ? 0 : 180);
    });
    form.addEventListener("submit", (e) => { e.preventDefault(); clearTimeout(waiting); follow(); });
  }

  // ---- progress ----------------------------------------------
  for (const form of document.querySelectorAll("form[data-progress]")) {
    form.addEventListener("submit", () => {
      const status = form.querySelector(".progress");
      form.querySelector("button").setAttribute("aria-disabled", "true");
      status.textContent = "Querying Prometheus …";
      const ask = async () => {
        try {
          const answer = await fetch(form.dataset.progress, { credentials: "same-origin" });
          if (answer.ok) {
            const p = await answer.json();
            if (p.total) status.textContent = p.done + " of " + p.total + " queries";
          }
        } catch { /* the page is being left */ }
        setTimeout(ask, 400);
      };
      setTimeout(ask, 400);
    });
  }
})();
