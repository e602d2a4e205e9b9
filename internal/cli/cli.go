// Package cli is Weft's command line: each command parses its words into a struct, calls one function, and hands the
// result to a view.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// Exit codes of every command.
const (
	ExitDone     = 0
	ExitProblems = 1 // the check found problems, the plan differs, a record was refused
	ExitUsage    = 2
	ExitFailed   = 3 // a system failed: a broker, a registry, a disk
)

// Streams are what a command reads and writes.
type Streams struct {
	In  io.Reader
	Out io.Writer
	Err io.Writer
}

// errProblems ends a command whose answer is that there are problems; they have been shown already.
var errProblems = errors.New("problems were found")

// usageError is a mistake in the words of a command.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

func isUsage(err error) bool {
	var usage usageError
	return errors.As(err, &usage)
}

// Run executes one command line and gives its exit code.
func Run(ctx context.Context, streams Streams, services Services, args []string) int {
	root := rootCommand(streams, services)
	root.SetArgs(args)
	return exitCode(streams, root.ExecuteContext(ctx))
}

func exitCode(streams Streams, err error) int {
	var usage usageError
	var answer problemDetails
	switch {
	case err == nil:
		return ExitDone
	case errors.Is(err, errProblems):
		return ExitProblems
	case errors.As(err, &usage):
		fmt.Fprintf(streams.Err, "weft: %v\n", err)
		return ExitUsage
	case errors.As(err, &answer) && answer.Status < 500:
		fmt.Fprintf(streams.Err, "weft: %v\n", err)
		return answer.exitCode()
	}
	fmt.Fprintf(streams.Err, "weft: %v\n", err)
	return ExitFailed
}

func rootCommand(streams Streams, services Services) *cobra.Command {
	root := &cobra.Command{
		Use:           "weft",
		Short:         "The self-serve, real-time data mesh in one binary",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("%q is not a command; `weft help` lists them", args[0])
			}
			return cmd.Help()
		},
	}
	root.SetIn(streams.In)
	root.SetOut(streams.Out)
	root.SetErr(streams.Err)
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usagef("%v; `%s --help` shows its flags", err, cmd.CommandPath())
	})
	root.AddCommand(commands(streams, services)...)
	return root
}

// words wraps cobra's checks of arguments, so that they exit as mistakes of usage.
func words(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return usagef("%v; `%s --help` shows what it takes", err, cmd.CommandPath())
		}
		return nil
	}
}
