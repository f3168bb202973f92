// Command check-wasm asks the chain's own VM whether it accepts contracts.
//
//	cd devnet && go run ./check-wasm [file.wasm…]
//
// Without arguments it checks all of ../artifacts. It prints a row for each file and exits with 1 when one is refused, too large or
// lacks an entry point, with 2 when it could not run.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"text/tabwriter"

	wasmvm "github.com/CosmWasm/wasmvm/v3"
)

const (
	maxKiB    = 800 // of wasmd's MaxWasmSize: what it refuses to store
	goalKiB   = 400 // what we want
	memoryMiB = 32  // of an instance, as in wasmd
	anyGas    = uint64(1) << 62
)

// capabilities are those of BuiltInCapabilities in wasmd 0.61.14.
var capabilities = []string{
	"iterator", "staking", "stargate",
	"cosmwasm_1_1", "cosmwasm_1_2", "cosmwasm_1_3", "cosmwasm_1_4",
	"cosmwasm_2_0", "cosmwasm_2_1", "cosmwasm_2_2", "ibc2",
}

// unmigrated are the files that need no migrate: only measured, never deployed.
var unmigrated = []string{"airdrop.wasm", "cw20_base.wasm"}

// found is what the VM says of a file.
type found struct {
	bytes        int
	entryPoints  []string
	capabilities string
}

func main() {
	files, err := chosen(os.Args[1:])
	if err != nil {
		fail(err)
	}
	refused, err := checkAll(files)
	if err != nil {
		fail(err)
	}
	if refused > 0 {
		fmt.Fprintf(os.Stderr, "check-wasm: %d of %d files cannot be used\n", refused, len(files))
		os.Exit(1)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "check-wasm:", err)
	os.Exit(2)
}

// chosen is the files named, or all artifacts.
func chosen(named []string) ([]string, error) {
	if len(named) > 0 {
		return named, nil
	}
	files, err := filepath.Glob("../artifacts/*.wasm")
	if err == nil && len(files) == 0 {
		err = errors.New("no file given and none in ../artifacts: run scripts/build-wasm first")
	}
	return files, err
}

// checkAll prints a row for each file and counts those that cannot be used.
func checkAll(files []string) (refused int, err error) {
	folder, err := os.MkdirTemp("", "check-wasm-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(folder)
	vm, err := wasmvm.NewVM(folder, capabilities, memoryMiB, false, 0)
	if err != nil {
		return 0, err
	}
	defer vm.Cleanup()
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	defer table.Flush()
	fmt.Fprintln(table, "contract\tKiB\tentry points\tneeds\tverdict")
	for _, file := range files {
		code, err := os.ReadFile(file)
		if err != nil {
			return refused, err
		}
		seen, problems := check(vm, file, code)
		if len(problems) > 0 {
			refused++
		}
		printRow(table, file, seen, problems)
	}
	return refused, nil
}

// check says what a file is, and what is wrong with it.
func check(vm *wasmvm.VM, file string, code []byte) (found, []string) {
	seen := found{bytes: len(code)}
	checksum, _, err := vm.StoreCode(code, anyGas)
	if err != nil {
		return seen, []string{err.Error()}
	}
	report, err := vm.AnalyzeCode(checksum)
	if err != nil {
		return seen, []string{err.Error()}
	}
	seen.entryPoints, seen.capabilities = report.Entrypoints, report.RequiredCapabilities
	sort.Strings(seen.entryPoints)
	return seen, problems(file, seen)
}

func problems(file string, seen found) (problems []string) {
	if seen.bytes > maxKiB*1024 {
		problems = append(problems, fmt.Sprintf("over %d KiB", maxKiB))
	}
	for _, name := range required(file) {
		if !slices.Contains(seen.entryPoints, name) {
			problems = append(problems, "no "+name)
		}
	}
	return problems
}

func required(file string) []string {
	names := []string{"instantiate", "execute", "query"}
	if slices.Contains(unmigrated, filepath.Base(file)) {
		return names
	}
	return append(names, "migrate")
}

func printRow(table *tabwriter.Writer, file string, seen found, problems []string) {
	verdict := "accepted"
	switch {
	case len(problems) > 0:
		verdict = strings.Join(problems, "; ")
	case seen.bytes > goalKiB*1024:
		verdict = fmt.Sprintf("accepted, but over the goal of %d KiB", goalKiB)
	}
	name := strings.TrimSuffix(filepath.Base(file), ".wasm")
	size := fmt.Sprintf("%.0f", float64(seen.bytes)/1024)
	fmt.Fprintln(table, strings.Join([]string{name, size, strings.Join(seen.entryPoints, " "), seen.capabilities, verdict}, "\t"))
}
