// Follows a click on one of our own links (a.re-go) inside the running app instead of loading the page anew.
// Anything but a plain click (a new tab, say) stays with the browser, and without this script links still work.
const LANDED_MS = 3000; // a followed link has arrived by then

const DRAWN_MS = 500; // the bar of pages may be drawn after this script ran

// On a phone the bar of pages scrolls; the page in view should be seen in it.
function showHere() {
  document.querySelector(".re-phone [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
}

// Streamlit enters a change of page into the browser's history twice: the new query on the old path, then the new
// path. The second entry replaces the first, so that one press of Back goes one page back.
function enterOnce() {
  const push = history.pushState;
  let entries = 0;
  const restore = () => delete history.pushState;
  history.pushState = (...entry) => {
    entries += 1;
    if (entries < 2) return push.apply(history, entry);
    restore();
    return history.replaceState(...entry);
  };
  setTimeout(restore, LANDED_MS);
}

export default function ({ setTriggerValue }) {
  const follow = (event) => {
    const plain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    const link = plain && !event.defaultPrevented && event.target.closest?.("a.re-go");
    if (!link) return;
    event.preventDefault();
    if (link.pathname !== location.pathname) enterOnce();
    setTriggerValue("address", link.getAttribute("href"));
    if (link.dataset.top !== undefined) document.querySelector('[data-testid="stMain"]')?.scrollTo({ top: 0 });
  };
  document.addEventListener("click", follow);
  showHere();
  setTimeout(showHere, DRAWN_MS);
  return () => document.removeEventListener("click", follow);
}
