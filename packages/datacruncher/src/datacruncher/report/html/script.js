(function () {
  "use strict";
  var root = document.documentElement;
  root.classList.remove("plain");
  root.classList.add("scripted-page");
  document.addEventListener("DOMContentLoaded", function () {
    var form = document.querySelector("form.filters");
    var items = Array.prototype.slice.call(document.querySelectorAll("#list .finding"));
    var groups = Array.prototype.slice.call(document.querySelectorAll("#list > .group-of"));
    function chosen() {
      return Array.prototype.map.call(form.querySelectorAll("[name=severity]:checked"), function (box) { return box.value; });
    }
    function filter() {
      var words = form.elements.words.value.toLowerCase().split(/\s+/).filter(Boolean);
      var severities = chosen(), persona = form.elements.persona.value, table = form.elements.table.value;
      var fresh = form.elements["new"] && form.elements["new"].checked, seen = 0;
      items.forEach(function (item) {
        var d = item.dataset, said = item.textContent.toLowerCase();
        var fits = severities.indexOf(d.severity) >= 0 && (!persona || d.persona === persona) && (!table || d.table === table) &&
          (!fresh || d["new"] !== undefined) && words.every(function (word) { return said.indexOf(word) >= 0; });
        item.hidden = !fits;
        if (fits) { seen += 1; }
      });
      groups.forEach(function (group) {
        group.hidden = !group.querySelector(".finding:not([hidden])");
      });
      var total = Number(form.dataset.total);
      form.elements.count.value = seen === total ? seen + " findings" : seen + " of " + total;
      document.getElementById("none").hidden = seen > 0;
    }
    if (form) {
      form.addEventListener("input", filter);
      form.addEventListener("submit", function (event) { event.preventDefault(); });
      filter();
    }
    document.addEventListener("click", function (event) {
      var link = event.target.closest("a[data-only], a[data-persona]");
      if (link && form) {
        form.reset();
        if (link.dataset.persona) { form.elements.persona.value = link.dataset.persona; }
        if (link.dataset.only) {
          Array.prototype.forEach.call(form.querySelectorAll("[name=severity]"), function (box) { box.checked = box.value === link.dataset.only; });
        }
        filter();
      }
      var button = event.target.closest("button.copy");
      if (button) { copy(button); }
    });
    function copy(button) {
      var code = button.closest("figure").querySelector("code"), before = "copy";
      function done() { button.textContent = "copied"; setTimeout(function () { button.textContent = before; }, 1500); }
      function select() {
        var range = document.createRange(), selection = window.getSelection();
        range.selectNodeContents(code); selection.removeAllRanges(); selection.addRange(range);
        if (document.execCommand("copy")) { done(); }
      }
      if (navigator.clipboard && window.isSecureContext) { navigator.clipboard.writeText(code.textContent).then(done, select); } else { select(); }
    }
    function open() {
      var target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
      if (target && target.matches("details.finding")) { var group = target.closest(".group-of"); if (group) { group.hidden = false; group.open = true; }
        target.hidden = false; target.open = true; target.scrollIntoView(); }
    }
    window.addEventListener("hashchange", open);
    open();
  });
})();
