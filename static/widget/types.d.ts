// What a notebook hands to the widget. Nothing here is loaded by a browser.

/** The kernel's side of the widget, as anywidget gives it. */
export interface Kernel {
  get(name: "row"): string;
  send(content: object): void;
  on(event: "msg:custom", listener: (answer: Answer) => void): void;
  off(event: "msg:custom", listener: (answer: Answer) => void): void;
}

export interface Answer {
  id: number;
  status: number;
  body: any;
}
