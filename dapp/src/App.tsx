// The frame of the page: the ways to the screens, the wallet, what is wrong with the chain, and the screen.
import { Container, Text } from "@radix-ui/themes";
import { lazy, Suspense, useEffect } from "react";
import { Route, Routes, useLocation } from "react-router";
import styles from "./App.module.css";
import { Caught } from "./components/Caught";
import { ChainBanner } from "./components/ChainBanner";
import { Header } from "./components/Header";
import { TransactionRegion } from "./components/TransactionRegion";
import { Waiting } from "./components/ui";
import { NotFound } from "./screens/NotFound";
import { Overview } from "./screens/Overview";
import { useTip } from "./chain/ChainContext";

// The overview comes with the page; the others when they are opened.
const Claim = lazy(() => import("./screens/Claim").then((screen) => ({ default: screen.Claim })));
const Contribute = lazy(() => import("./screens/Contribute").then((screen) => ({ default: screen.Contribute })));
const ContributionScreen = lazy(() => import("./screens/Contribution").then((screen) => ({ default: screen.ContributionScreen })));
const DatanetScreen = lazy(() => import("./screens/Datanet").then((screen) => ({ default: screen.DatanetScreen })));
const ModelScreen = lazy(() => import("./screens/Model").then((screen) => ({ default: screen.ModelScreen })));
const NewDatanet = lazy(() => import("./screens/NewDatanet").then((screen) => ({ default: screen.NewDatanet })));
const NewModel = lazy(() => import("./screens/NewModel").then((screen) => ({ default: screen.NewModel })));
const Operators = lazy(() => import("./screens/Operators").then((screen) => ({ default: screen.Operators })));
const Pay = lazy(() => import("./screens/Pay").then((screen) => ({ default: screen.Pay })));
const Reviews = lazy(() => import("./screens/Reviews").then((screen) => ({ default: screen.Reviews })));
const RoundScreen = lazy(() => import("./screens/Round").then((screen) => ({ default: screen.RoundScreen })));
const Stake = lazy(() => import("./screens/Stake").then((screen) => ({ default: screen.Stake })));
const Statements = lazy(() => import("./screens/Statements").then((screen) => ({ default: screen.Statements })));

/** The page. */
export function App() {
  const { pathname } = useLocation();
  useEffect(() => {
    // Not as an expression: newer browsers answer with a promise, which React would take for a clean-up.
    void window.scrollTo(0, 0);
  }, [pathname]);
  return (
    <>
      <a className={styles.skip} href="#main" onClick={skip}>
        Skip to the content
      </a>
      <Header />
      <Container size="4" px={{ initial: "3", sm: "5" }} py="5" asChild>
        <main id="main" tabIndex={-1}>
          <ChainBanner />
          <Caught key={pathname}>
            <Suspense fallback={<Waiting />}>
              <Routes>
                <Route path="/" element={<Overview />} />
                <Route path="/datanets/new" element={<NewDatanet />} />
                <Route path="/datanets/:id" element={<DatanetScreen />} />
                <Route path="/datanets/:id/contribute" element={<Contribute />} />
                <Route path="/models/new" element={<NewModel />} />
                <Route path="/models/:id" element={<ModelScreen />} />
                <Route path="/models/:id/rounds/:round" element={<RoundScreen />} />
                <Route path="/contributions/:id" element={<ContributionScreen />} />
                <Route path="/claim" element={<Claim />} />
                <Route path="/stake" element={<Stake />} />
                <Route path="/pay" element={<Pay />} />
                <Route path="/reviews" element={<Reviews />} />
                <Route path="/operators" element={<Operators />} />
                <Route path="/statements" element={<Statements />} />
                <Route path="*" element={<NotFound />} />
              </Routes>
            </Suspense>
          </Caught>
        </main>
      </Container>
      <Footer />
      <TransactionRegion />
    </>
  );
}

/** The address after `#` is the router's: the focus is moved by hand. */
function skip(event: { preventDefault: () => void }): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

function Footer() {
  const tip = useTip();
  return (
    <Container size="4" px={{ initial: "3", sm: "5" }} py="5" asChild>
      <footer className={styles.footer}>
        <Text size="1" color="gray" data-testid="tip">
          {tip.data ? `${tip.data.chainId} · block ${tip.data.height}` : "…"}
        </Text>
      </footer>
    </Container>
  );
}
