// After "Look at it first" the reader is where the preview begins, by eye, keyboard and screen reader alike.
import { $ } from "./dom.js";

const heading = $("[data-arrive]");
if (heading) heading.focus({ preventScroll: heading.getBoundingClientRect().top < innerHeight / 2 });
