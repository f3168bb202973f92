// Light or dark: as the system says, unless somebody chose here.
import { Theme } from "@radix-ui/themes";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import { flushSync } from "react-dom";

type Appearance = "light" | "dark";

const key = "attribution.appearance";
const Context = createContext<{ appearance: Appearance; toggle: () => void }>({ appearance: "light", toggle: () => undefined });

/** The theme around everything. */
export function Themed({ children }: { children: ReactNode }) {
  const system = useSystemAppearance();
  const [chosen, setChosen] = useState<Appearance | null>(() => readChoice());
  const printing = usePrinting();
  const appearance = printing ? "light" : (chosen ?? system);
  const value = useMemo(() => {
    const toggle = () => {
      const next = appearance === "dark" ? "light" : "dark";
      localStorage.setItem(key, next);
      setChosen(next);
    };
    return { appearance, toggle };
  }, [appearance]);
  return (
    <Context.Provider value={value}>
      <Theme appearance={appearance} accentColor="indigo" grayColor="slate" radius="medium">
        {children}
      </Theme>
    </Context.Provider>
  );
}

/** Which appearance is shown, and how to change it. */
export function useAppearance() {
  return useContext(Context);
}

function readChoice(): Appearance | null {
  const found = localStorage.getItem(key);
  return found === "light" || found === "dark" ? found : null;
}

/** Whether the page is laid out for paper, which is white. Shown at once: a browser prints what stands there when its event has returned. */
function usePrinting(): boolean {
  const query = useMemo(() => window.matchMedia("print"), []);
  const [printing, setPrinting] = useState(query.matches);
  useEffect(() => {
    const follow = (event: MediaQueryListEvent) => flushSync(() => setPrinting(event.matches));
    query.addEventListener("change", follow);
    return () => query.removeEventListener("change", follow);
  }, [query]);
  return printing;
}

function useSystemAppearance(): Appearance {
  const query = useMemo(() => window.matchMedia("(prefers-color-scheme: dark)"), []);
  const [dark, setDark] = useState(query.matches);
  useEffect(() => {
    const follow = (event: MediaQueryListEvent) => setDark(event.matches);
    query.addEventListener("change", follow);
    return () => query.removeEventListener("change", follow);
  }, [query]);
  return dark ? "dark" : "light";
}
