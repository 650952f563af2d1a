// What Hub's screens do in the browser without asking the server. Every part listens on the document or is a custom
// element, so that React may redraw the page at any time; none changes an element that React fills.
import "./hub/page.js";
import "./hub/frame.js";
import "./hub/menu.js";
import "./hub/focus.js";
import "./hub/palette.js";
import "./hub/forms.js";
import "./hub/copy.js";
import "./hub/time.js";
import "./hub/code.js";
import "./hub/tags.js";
import "./hub/when.js";
import "./hub/picks.js";
import "./hub/document.js";
