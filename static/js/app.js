// Small behaviours, one module each. Every page works without them.
import "./reach.js";
import "./keys.js";
import "./picking.js";
import "./palette.js";
import "./presence.js";
import "./attach.js";
import "./autosave.js";
import "./copy.js";
import "./focus.js";
import "./folds.js";
import "./narrow.js";
import "./live.js";
import "./meeting.js";
import "./hints.js";
import "./theme.js";
import "./utc.js";
import "./zone.js";
