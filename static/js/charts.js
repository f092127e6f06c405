/* Charts drawn from the table that stands beside them.
 *
 * <figure class="c-chart" id="dims" data-chart="stack" data-src="…/echarts.js">
 *   … <div class="c-chart__views c-seg" hidden> two buttons data-view="chart|table" </div>
 *   <div class="c-chart__box"></div>  <div class="c-chart__table"><table>…</table></div>
 * </figure>
 *
 * The first column names the points, every <th data-series> is a series; numbers are read from the
 * cells as printed, so a chart cannot say anything its table does not. Without this file or the
 * bundle the table stands alone.
 */
(() => {
  "use strict";
  // On the wall: light on dark, and large.
  const SIZE = Number(document.body.dataset.chartSize) || 14, WALL = SIZE > 14, K = SIZE / 14;
  const BY_NAME = WALL ? { 自治: "#4FD1A5", 法治: "#6FB7F2", 德治: "#FF9E4A" } : { 自治: "#0B6B50", 法治: "#1A8CDD", 德治: "#D0620A" };
  const ON_COLOUR = { 自治: WALL ? "#0B1A14" : "#FFFFFF", 法治: "#0B1A14", 德治: "#0B1A14" };
  const PALETTE = [BY_NAME.自治, BY_NAME.法治, "#A34400", "#5A1E96", "#B08A00", "#2B323C"];
  const SYMBOLS = ["rect", "circle", "diamond", "triangle", "pin", "roundRect"];
  const [INK, INK_2, GREY, RULE, EDGE] = WALL ? ["#E8F1ED", "#A9BDB5", "#A9BDB5", "#2C5148", "#12302A"] : ["#1B2421", "#46524D", "#5F6B66", "#DDE4E1", "#fff"];
  const FONT = "Segoe UI, Microsoft YaHei UI, PingFang SC, Noto Sans CJK SC, sans-serif";
  const THEME = {
    color: PALETTE,
    textStyle: { fontFamily: FONT, color: INK, fontSize: SIZE },
    categoryAxis: {
      axisLine: { lineStyle: { color: "#7A8782" } }, axisTick: { show: false },
      axisLabel: { color: INK_2, fontSize: SIZE }, splitLine: { show: false },
    },
    valueAxis: {
      axisLine: { show: false }, splitLine: { lineStyle: { color: RULE } },
      axisLabel: { color: INK_2, fontSize: SIZE },
    },
    line: { symbolSize: 7, lineStyle: { width: 2.5 }, smooth: false },
    bar: { itemStyle: { borderColor: EDGE, borderWidth: 1 } },
    radar: {
      axisName: { color: INK, fontSize: SIZE }, splitArea: { show: false },
      splitLine: { lineStyle: { color: WALL ? RULE : "#C9D2CE" } }, axisLine: { lineStyle: { color: RULE } },
    },
  };

  const number = (text) => {
    const digits = text.replace(/[,\s%+]/g, "").replace("−", "-");
    return digits === "" || isNaN(digits) ? null : Number(digits);
  };

  function read(figure) {
    const table = figure.querySelector("table");
    const heads = [...table.tHead.rows[0].cells];
    const rows = [...table.tBodies[0].rows];
    const series = heads
      .map((head, at) => ({ head, at }))
      .filter(({ head }) => head.hasAttribute("data-series"))
      .map(({ head, at }, nth) => ({
        name: head.textContent.trim(),
        colour: BY_NAME[head.textContent.trim()] || PALETTE[nth],
        texts: rows.map((row) => row.cells[at].textContent.trim()),
        values: rows.map((row) => number(row.cells[at].textContent)),
      }));
    return { names: rows.map((row) => row.cells[0].textContent.trim()), series, rows };
  }

  const roundUp = (value, step) => Math.max(step, Math.ceil(value / step) * step);
  const short = (value) => (value >= 10000 ? `${value / 10000}万` : value.toLocaleString("en"));
  const largest = (series) => Math.max(0, ...series.flatMap((one) => one.values));
  const floor = (series) => Math.min(...series.flatMap((one) => one.values).filter((v) => v !== null));

  const builders = {
    // Parts of a whole, one bar a row (default) or one column a month (data-up).
    stack(data, figure) {
      return figure.hasAttribute("data-up") ? columns(data) : shares(data, figure);
    },

    radar({ names, series }) {
      const top = roundUp(largest(series), 4);
      const [now] = series;
      return {
        radar: {
          indicator: names.map((name) => ({ name, max: top })), radius: WALL ? "58%" : "66%", center: ["50%", "54%"],
          splitNumber: 4, axisNameGap: 8,
          axisName: {
            formatter: (name) => `${name} {v|${now.texts[names.indexOf(name)]}}`,
            rich: { v: { color: PALETTE[0], fontWeight: 600, fontSize: SIZE } },
          },
        },
        series: [{
          type: "radar",
          data: series.map((one, nth) => ({
            name: one.name, value: one.values, symbol: nth ? "circle" : "rect", symbolSize: nth ? 4 : 7,
            lineStyle: { color: nth ? GREY : PALETTE[0], width: nth ? 1.5 : 2.5, type: nth ? "dashed" : "solid" },
            itemStyle: { color: nth ? GREY : PALETTE[0] },
            areaStyle: nth ? undefined : { color: PALETTE[0], opacity: 0.1 },
          })).reverse(),
        }],
      };
    },

    line({ names, series }, figure) {
      const from = figure.hasAttribute("data-zoom") ? Math.max(0, Math.floor(floor(series) / 5) * 5) : 0;
      const lone = series.every((one) => one.values.filter((v) => v !== null).length < 2);
      return {
        grid: { left: 4, right: 104 * K, top: 12, bottom: 4, containLabel: true },
        xAxis: { type: "category", data: names, axisLabel: { hideOverlap: true } },
        yAxis: { type: "value", min: from, splitNumber: 3, axisLabel: { formatter: short } },
        series: series.map((one, nth) => ({
          type: "line", name: one.name, data: one.values, symbol: SYMBOLS[nth], showAllSymbol: true,
          symbolSize: lone ? 9 : 7, connectNulls: false,
          lineStyle: { color: compared(one) ? GREY : one.colour, type: compared(one) ? "dashed" : "solid" },
          itemStyle: { color: compared(one) ? GREY : one.colour },
          endLabel: { show: true, color: INK, fontSize: SIZE, formatter: () => `${one.name} ${last(one.texts)}` },
        })),
      };
      function compared(one) { return figure.dataset.compared === one.name; }
    },

    // One bar a row; a second series is drawn as a tick to compare with.
    bar({ names, series }) {
      const [bars, ticks] = series;
      const axis = { type: "category", inverse: true, axisLine: { show: false } };
      return {
        grid: { left: 4, right: 8, top: 4, bottom: 4, containLabel: true },
        xAxis: { type: "value", show: false, max: largest(series) || 1 },
        yAxis: [
          { ...axis, data: names },
          { ...axis, data: bars.texts, position: "right", axisLabel: { color: INK, align: "right", margin: 64 } },
        ],
        series: [
          { type: "bar", name: bars.name, data: bars.values, barWidth: 16, itemStyle: { color: PALETTE[0] } },
          ticks && {
            type: "line", name: ticks.name, data: ticks.values, symbol: "rect", symbolSize: [2, 24],
            lineStyle: { width: 0 }, itemStyle: { color: INK },
          },
        ].filter(Boolean),
      };
    },
  };

  const last = (texts) => texts.filter((text) => number(text) !== null).pop() || "";

  function shares({ names, series }, figure) {
    const tall = names.length > 3;
    // A label needs about 42 px of its bar.
    const least = 4200 * K / (figure.querySelector(".c-chart__box").clientWidth - 72 * K);
    // Names stand in the first bar where they fit; else below, so that no colour is left without one.
    const keyed = tall || series.some((one) => !(one.values[0] >= least));
    return {
      grid: { left: 4, right: 4, top: 4, bottom: keyed ? 28 * K : 4, containLabel: true },
      legend: keyed ? { bottom: 0, left: 64 * K, itemWidth: 12 * K, itemHeight: 12 * K, textStyle: { color: INK, fontSize: SIZE } } : undefined,
      xAxis: { type: "value", max: 100, show: false },
      yAxis: { type: "category", inverse: true, data: names, axisLine: { show: false } },
      series: series.map((one) => ({
        type: "bar", stack: "whole", name: one.name, data: one.values, barWidth: WALL ? "86%" : tall ? 24 : 38,
        itemStyle: { color: one.colour, borderColor: EDGE, borderWidth: 1 },
        label: {
          show: true, color: ON_COLOUR[one.name] || "#fff", fontSize: SIZE, lineHeight: 18 * K,
          formatter: ({ dataIndex, value }) => {
            if (value < least) return "";
            return !keyed && dataIndex === 0 ? `${one.name}\n${one.texts[0]}` : one.texts[dataIndex];
          },
        },
      })),
    };
  }

  function columns({ names, series }) {
    return {
      grid: { left: 4, right: 92 * K, top: 12, bottom: 4, containLabel: true },
      xAxis: { type: "category", data: names },
      yAxis: { type: "value", splitNumber: 4, axisLabel: { formatter: short } },
      series: series.map((one) => ({
        type: "bar", stack: "whole", name: one.name, data: one.values, barMaxWidth: 28,
        itemStyle: { color: one.colour, borderColor: EDGE, borderWidth: 1 },
        label: {
          show: true, position: "right", distance: 8, color: INK, fontSize: SIZE,
          formatter: ({ dataIndex, value }) =>
            dataIndex === names.length - 1 && value ? `${one.name} ${one.texts[dataIndex]}` : "",
        },
      })),
    };
  }

  // Names at the ends of lines and columns keep 20 px between them.
  function spread(chart, { series, names }, { up }) {
    let below = 0;
    const ends = series.map((one, at) => {
      const value = up ? one.values[names.length - 1] || 0 : number(last(one.texts));
      const level = up ? below + value / 2 : value;
      below += up ? value : 0;
      return { at, y: chart.convertToPixel({ yAxisIndex: 0 }, level || 0) };
    }).sort((a, b) => b.y - a.y);
    let ceiling = Infinity;
    const shifts = series.map(() => ({}));
    ends.forEach(({ at, y }) => {
      const placed = Math.min(y, ceiling - 20 * K);
      ceiling = placed;
      shifts[at] = { [up ? "label" : "endLabel"]: { offset: [0, placed - y] } };
    });
    chart.setOption({ series: shifts });
  }

  const charts = new Map();
  let bundle = null;

  function load(src) {
    bundle = bundle || new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = src;
      script.onload = () => { window.echarts.registerTheme("qj", THEME); resolve(window.echarts); };
      script.onerror = reject;
      document.head.append(script);
    });
    return bundle;
  }

  function common(figure) {
    const title = figure.querySelector(".c-chart__title").textContent.trim();
    const decal = document.documentElement.dataset.contrast === "high";
    return {
      animation: false,
      aria: { enabled: true, decal: { show: decal }, label: { description: `${title}图，数字见同名表格` } },
      tooltip: { trigger: figure.dataset.chart === "line" ? "axis" : "item", renderMode: "richText", confine: true },
    };
  }

  function draw(figure, echarts) {
    if (charts.has(figure) || !figure.isConnected) return;
    const box = figure.querySelector(".c-chart__box");
    const data = read(figure);
    const chart = echarts.init(box, "qj", { renderer: "svg" });
    charts.set(figure, chart);
    chart.setOption({ ...common(figure), ...builders[figure.dataset.chart](data, figure) });
    const up = figure.hasAttribute("data-up");
    if (up || figure.dataset.chart === "line") spread(chart, data, { up });
    chart.on("click", ({ dataIndex }) => follow(data.rows[dataIndex]));
    box.setAttribute("role", "img");
    figure.querySelector(".c-chart__views").hidden = false;
    show(figure, wanted().includes(figure.id) ? "table" : "chart");
  }

  function follow(row) {
    const link = row && row.querySelector("a[href]");
    if (link) link.click();
  }

  const wanted = () => new URLSearchParams(location.search).getAll("table");

  function show(figure, view) {
    figure.classList.add("is-drawn");
    figure.classList.toggle("is-chart", view === "chart");
    figure.querySelectorAll("[data-view]").forEach((button) => {
      button.setAttribute("aria-pressed", String(button.dataset.view === view));
    });
    if (view === "chart" && charts.has(figure)) charts.get(figure).resize();
  }

  // The choice lives in the address, so that refresh and a copied link show the same thing.
  function remember(figure, view) {
    const url = new URL(location.href);
    const others = url.searchParams.getAll("table").filter((id) => id !== figure.id);
    url.searchParams.delete("table");
    [...others, ...(view === "table" ? [figure.id] : [])].forEach((id) => url.searchParams.append("table", id));
    history.replaceState(history.state, "", url);
  }

  const seen = new IntersectionObserver((entries) => {
    entries.filter((entry) => entry.isIntersecting).forEach(({ target }) => {
      seen.unobserve(target);
      load(target.dataset.src).then((echarts) => draw(target, echarts), () => {});
    });
  }, { rootMargin: "200px" });

  const FIGURES = "[data-chart][data-src]";
  function watch(root) {
    if (root.matches && root.matches(FIGURES)) seen.observe(root);
    root.querySelectorAll(FIGURES).forEach((figure) => seen.observe(figure));
  }

  function forget(element) {
    charts.forEach((chart, figure) => {
      if (!element.contains(figure)) return;
      chart.dispose();
      charts.delete(figure);
    });
  }

  document.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-chart] [data-view]");
    if (!button) return;
    const figure = button.closest("[data-chart]");
    show(figure, button.dataset.view);
    remember(figure, button.dataset.view);
  });
  document.addEventListener("htmx:beforeCleanupElement", ({ detail }) => forget(detail.elt));
  document.addEventListener("htmx:load", ({ detail }) => watch(detail.elt));
  window.addEventListener("resize", () => charts.forEach((chart) => chart.resize()));
  window.addEventListener("beforeprint", () => charts.forEach((chart, figure) => {
    chart.setOption({ aria: { decal: { show: true } } });
    const [width, height] = (figure.dataset.paper || "").split("x").map(Number);
    if (!height) return;
    chart.resize({ width, height });
    chart.getZr().flush(); // the sheet is laid out before the next frame
  }));
  window.addEventListener("afterprint", () => charts.forEach((chart) => chart.resize({ width: "auto", height: "auto" })));
  watch(document);
})();
