// Follows a click on one of our own links (a.re-go) inside the running app instead of loading the page anew.
// Anything but a plain click (a new tab, say) stays with the browser, and without this script links still work.
export default function ({ setTriggerValue }) {
  const follow = (event) => {
    const plain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    const link = plain && !event.defaultPrevented && event.target.closest?.("a.re-go");
    if (!link) return;
    event.preventDefault();
    setTriggerValue("address", link.getAttribute("href"));
    if (link.dataset.top !== undefined) document.querySelector('[data-testid="stMain"]')?.scrollTo({ top: 0 });
  };
  document.addEventListener("click", follow);
  return () => document.removeEventListener("click", follow);
}
