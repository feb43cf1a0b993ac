// Days and times in the zone of who reads them; the tooltip of each says it in UTC, as it is without this.
"use strict";
(() => {
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const two = (number) => String(number).padStart(2, "0");

  // The same form as it is written in: `2024-11-01`, `1 Nov 2024`, `1 Nov 2024, 17:34`.
  function inZone(shown, at) {
    const clock = /, \d\d:\d\d$/.test(shown) ? `, ${two(at.getHours())}:${two(at.getMinutes())}` : "";
    if (/^\d{4}-\d\d-\d\d$/.test(shown)) return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
    if (/^\d{1,2} [A-Z][a-z]{2} \d{4}(, \d\d:\d\d)?$/.test(shown)) {
      return `${at.getDate()} ${MONTHS[at.getMonth()]} ${at.getFullYear()}${clock}`;
    }
    return shown;
  }

  let isElsewhere = false;
  for (const time of document.querySelectorAll("time[datetime*=T]")) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime()) || !at.getTimezoneOffset()) continue;
    isElsewhere = true;
    const shown = inZone(time.textContent, at);
    if (shown !== time.textContent) time.textContent = shown;
  }
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const says = isElsewhere && document.querySelector("[data-zone]");
  if (says) says.textContent = `Times are in the zone ${zone}; searches and charts count days in UTC`;
})();
