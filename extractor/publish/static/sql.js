// The editor of Datasette's SQL pages, without a script in the page itself.
"use strict";
window.addEventListener("load", () => {
  const format = document.querySelector("button#sql-format");
  const text = document.querySelector("textarea#sql-editor");
  const shown = document.querySelector("pre#sql-query");
  if (text) {
    const editor = CodeMirror.fromTextArea(text, { lineNumbers: true, mode: "text/x-sql", lineWrapping: true });
    editor.getInputField().setAttribute("aria-label", "SQL");
    editor.setOption("extraKeys", { "Shift-Enter": () => text.form.requestSubmit(), Tab: false });
    if (format) {
      format.hidden = false;
      format.addEventListener("click", () => editor.setValue(sqlFormatter.format(editor.getValue())));
    }
  } else if (format && shown) {
    format.hidden = false;
    format.addEventListener("click", () => { shown.textContent = sqlFormatter.format(shown.textContent); });
  }
});
