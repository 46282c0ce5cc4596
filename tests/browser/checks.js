// What a test asks of a page as it is drawn. Added to every page the tests open.
window.checks = {
  // Elements that reach past the right edge, unless something around them scrolls or clips.
  tooWide() {
    const out = (e) => e.getBoundingClientRect().right > innerWidth + 1;
    const held = (e) => {
      for (let p = e.parentElement; p && p.dataset.testid !== "stMain"; p = p.parentElement) {
        const kept = ["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(p).overflowX);
        if (kept && !out(p)) return true;
      }
      return false;
    };
    return [...document.querySelectorAll("[data-testid=stMain] *")]
      .filter((e) => e.checkVisibility() && out(e) && !held(e))
      .map((e) => `${e.tagName}.${e.className} ${e.textContent.slice(0, 40)}`);
  },

  // Text whose contrast with the ground it stands on is below WCAG AA: 4.5, or 3 for large text.
  lowContrast() {
    const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
    const ctx = canvas.getContext("2d", { willReadFrequently: true });
    const rgba = (colour) => {
      ctx.clearRect(0, 0, 1, 1);
      ctx.fillStyle = colour;
      ctx.fillRect(0, 0, 1, 1);
      return [...ctx.getImageData(0, 0, 1, 1).data];
    };
    const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    const light = ([r, g, b]) => 0.2126 * linear(r / 255) + 0.7152 * linear(g / 255) + 0.0722 * linear(b / 255);
    const over = (top, below) => below.slice(0, 3).map((c, i) => c + ((top[i] - c) * top[3]) / 255);
    const ground = (e) => {
      const layers = [];
      for (; e; e = e.parentElement) {
        const colour = rgba(getComputedStyle(e).backgroundColor);
        layers.push(colour);
        if (colour[3] === 255) break;
      }
      return layers.reduceRight((below, top) => over(top, below), [255, 255, 255]);
    };
    const found = [];
    for (const e of document.querySelectorAll("[data-testid=stApp] *")) {
      const own = [...e.childNodes].filter((n) => n.nodeType === 3 && n.textContent.trim());
      if (!own.length || !e.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
      if (e.closest("[disabled], [aria-disabled=true], [aria-hidden=true], svg, canvas")) continue;
      const style = getComputedStyle(e);
      const below = ground(e);
      const [high, low] = [light(over(rgba(style.color), below)), light(below)].sort((x, y) => y - x);
      const ratio = (high + 0.05) / (low + 0.05);
      const size = parseFloat(style.fontSize);
      const wanted = size >= 24 || (size >= 18.6 && style.fontWeight >= 700) ? 3 : 4.5;
      if (ratio < wanted - 0.05) {
        found.push(`${ratio.toFixed(2)} ${e.tagName}.${e.className} ${own[0].textContent.trim().slice(0, 40)}`);
      }
    }
    return found;
  },

  // What a screen reader would call the element that has the focus, roughly.
  focused() {
    const e = document.activeElement;
    return (e.getAttribute("aria-label") || e.innerText || e.closest("label")?.innerText || "").trim();
  },
};
