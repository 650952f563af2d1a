// What Hub's screens do in the browser without asking the server. Every part listens on the document or is a custom
// element, so that React may redraw the page at any time; none changes an element that React fills. Each says why
// Reflex's own components do not do its job. `make check` holds the types (tools/scripts).
import "./hub/page.js";
import "./hub/frame.js";
import "./hub/menu.js";
import { answered, saved } from "./hub/sent.js";
import { focusButton } from "./hub/focus.js";
import "./hub/palette.js";
import { fill, focus, focusChoice } from "./hub/forms.js";
import { signedOut } from "./hub/kept.js";
import { refused } from "./hub/refused.js";
import "./hub/copy.js";
import { time } from "./hub/time.js";
import "./hub/code.js";
import "./hub/tags.js";
import "./hub/when.js";
import "./hub/drop.js";
import "./hub/host.js";
import "./hub/follow.js";
import "./hub/picks.js";
import "./hub/editor.js";
import "./hub/autosave.js";
import "./hub/worked.js";
import { focusSides } from "./hub/sides.js";
import { piece } from "./hub/document.js";

window.hub = { answered, fill, focus, focusButton, focusChoice, focusSides, piece, refused, saved, signedOut, time };
