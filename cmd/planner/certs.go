package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"kommunalplanner.example/cmd/internal/certs"
)

// certsCommand makes certificates for development and tells how to use them.
func certsCommand(args []string, out io.Writer) error {
	if len(args) != 2 || args[0] != "dev" {
		return errUsage
	}
	files, err := certs.Write(args[1], time.Now())
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "# For development only. Settings of a service that uses them:")
	settings := files.Settings()
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		fmt.Fprintf(out, "%s=%s\n", name, settings[name])
	}
	fmt.Fprintf(out, "\n# A caller that is admitted: %s, with key %s. Others:\n", files.ClientCert, files.ClientKey)
	for _, name := range slices.Sorted(maps.Keys(files.Others)) {
		fmt.Fprintf(out, "#   %-20s %s\n", name, files.Others[name])
	}
	return nil
}
