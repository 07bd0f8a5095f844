// Something to wait for that a test opens when it wants to: to hold an answer back until both tabs have asked, say.

export interface Gate {
  open: () => void;
  opened: Promise<void>;
}

export function gate(): Gate {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
}
