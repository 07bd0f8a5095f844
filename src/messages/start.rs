//! Texts for the causes of a failed start, and what to do next. `shell/start.js` finds the cause.

/// The message for an unknown cause.
pub const NOT_STARTED: &str = "This page couldn't load. Reload it, or try another browser.";

/// The known causes, each with its message.
pub const CAUSES: [(&str, &str); 10] = [
    (
        "webassembly",
        "This page couldn't load, because WebAssembly is off in this browser. Lockdown Mode turns it off, and so do some \
         browsers inside other apps. Turn Lockdown Mode off for this site (in Safari: the page menu, Website Settings), or \
         open the page in another browser.",
    ),
    (
        "outdated",
        "This page couldn't load, because this browser is too old for it. Update the browser, or use another one.",
    ),
    (
        "memory",
        "This page couldn't load, because the browser has too little memory left. Close other tabs, and reload the page.",
    ),
    (
        "replaced",
        "This page couldn't load, because there is a newer version of it. Reload the page; if you were signed in, you still \
         are.",
    ),
    (
        "missing",
        "This page couldn't load, because one of its files is missing on the server. Try again later; if it stays like \
         this, tell the operator.",
    ),
    (
        "blocked",
        "This page couldn't load, because one of its files was blocked or interrupted, though the server can be reached. \
         Turn off content blockers for this site, and reload the page.",
    ),
    (
        "unreachable",
        "This page couldn't load, because the server cannot be reached. Check your connection, and reload the page.",
    ),
    (
        "server",
        "This page couldn't load, because the server answered with an error. Wait a moment, and reload the page.",
    ),
    (
        "invalid",
        "This page couldn't load, because the browser received something else instead of one of its files, perhaps from a \
         network that asks you to log in. Log in to the network or use another one, and reload the page.",
    ),
    ("slow", "This page is taking a long time to load. Wait a little, or check your connection and reload the page."),
];

pub const SCRIPTS_BLOCKED: &str = "The scripts of this page were blocked, and it cannot start without them. Allow them for this \
                                   site in your browser or content blocker, and reload the page.";
pub const RELOAD: &str = "Reload the page";
