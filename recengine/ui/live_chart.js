// Draws curves that grow while somebody looks at them. Plotly.react with a constant uirevision keeps zoom and
// legend; Streamlit's own chart element is rebuilt whenever its data change and loses both.
let plotly;

function library(address) {
  plotly ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => {
      plotly = undefined;
      reject(new Error(`no Plotly at ${address}`));
    };
    document.head.append(script);
  });
  return plotly;
}

function themed(layout, element) {
  const style = getComputedStyle(element);
  const ink = style.getPropertyValue("--st-text-color").trim() || "#888";
  const line = style.getPropertyValue("--st-border-color").trim() || "rgba(128,128,128,0.25)";
  const axis = (own) => ({
    ...own, gridcolor: line, linecolor: line, zeroline: false, tickfont: { color: ink, size: 11 },
    title: { ...own.title, font: { color: ink, size: 12 } },
  });
  return {
    ...layout,
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    modebar: { orientation: "v", bgcolor: "rgba(0,0,0,0)", color: "rgba(128,128,128,0.6)", activecolor: ink },
    font: { family: style.getPropertyValue("--st-font").trim() || "sans-serif", color: ink, size: 12 },
    xaxis: { ...axis(layout.xaxis), showgrid: false },
    yaxis: axis(layout.yaxis),
  };
}

async function draw(place, data) {
  if (!place.data) place.textContent = "Drawing…";
  const Plotly = await library(data.plotly);
  if (!place.data) place.textContent = "";
  await Plotly.react(place, data.traces, themed(data.layout, place), data.config);
  place.setAttribute("data-points", data.points);
}

// A server that was just started again may not answer yet: the words stand in until it does.
async function drawSoon(place, data, tries = 20) {
  try {
    await draw(place, data);
  } catch {
    place.textContent = data.alt;
    if (tries) setTimeout(() => place.isConnected && !place.data && drawSoon(place, data, tries - 1), 1000);
  }
}

export default function ({ data, parentElement }) {
  const place = parentElement.querySelector(".live-chart");
  place.style.height = `${data.layout.height}px`;
  place.setAttribute("role", "img");
  place.setAttribute("aria-label", data.alt);
  drawSoon(place, data);
  const watch = new ResizeObserver(() => window.Plotly && place.data && window.Plotly.Plots.resize(place));
  watch.observe(place);
  return () => watch.disconnect();
}
