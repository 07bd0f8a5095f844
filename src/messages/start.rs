//! Why a page could not be started, by the names that the scripts of the shell have for the causes. In the words of what can
//! be done about it.

/// What is said where the cause is not known.
pub const NOT_STARTED: &str = "This page could not be started. Reload it; if that does not help, try another browser.";

/// The causes.
pub const CAUSES: [(&str, &str); 7] = [
    (
        "webassembly",
        "This page could not be started, because WebAssembly is off in this browser. Lockdown Mode turns it off, and so do \
         some browsers inside other apps. Turn Lockdown Mode off for this site (in Safari: the page menu, Website Settings), \
         or open the page in another browser.",
    ),
    (
        "replaced",
        "This page could not be started, because there is a newer version of it. Reload the page; if you were signed in, you \
         still are.",
    ),
    (
        "blocked",
        "This page could not be started, because a part of it was blocked or broke off, though the server can be reached. Turn \
         off content blockers for this site and reload the page.",
    ),
    (
        "unreachable",
        "This page could not be started, because the server cannot be reached. Check your connection and reload the page.",
    ),
    (
        "server",
        "This page could not be started, because the server answered with an error. Wait a moment and reload the page.",
    ),
    (
        "garbled",
        "This page could not be started, because something else came in the place of a part of it, perhaps from a network \
         that asks you to log in. Log in to the network or use another one, and reload the page.",
    ),
    ("slow", "This page takes long to load. Wait a little, or check your connection and reload the page."),
];

pub const SCRIPTS_BLOCKED: &str = "The scripts of this page were blocked, and it cannot start without them. Allow them for this \
                                   site in your browser or content blocker, and reload the page.";
pub const RELOAD: &str = "Reload the page";
