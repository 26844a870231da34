// Controls in which a mistake was made.

/** @param {Element} field @param {boolean} wrong */
export function markWrong(field, wrong) {
  if (wrong) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
}
