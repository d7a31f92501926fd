package service

import (
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// Were the file passed over, the command would be done to a private database that it starts for it.
func TestACommandWhoseDatabaseURLCannotBeReadTouchesNoDatabase(t *testing.T) {
	dir := t.TempDir()
	settings := map[string]string{"DATABASE_URL_FILE": filepath.Join(dir, "gone"), "PLANNER_STATE_DIR": filepath.Join(dir, "state")}
	err := Migrate(t.Context(), lookupIn(settings), io.Discard, true)
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "DATABASE_URL_FILE") {
		t.Error(err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 0 {
		t.Errorf("it made %q", left)
	}
}

func TestACommandSaysWhichSettingOfTheCPRKeysIsWrong(t *testing.T) {
	for name, settings := range map[string]map[string]string{
		"PLANNER_CPR_KEY_FILE": {"PLANNER_CPR_KEY_FILE": filepath.Join(t.TempDir(), "gone")},
		"PLANNER_CPR_KEY_ID":   {"PLANNER_CPR_KEY_ID": "one"},
		"PLANNER_CPR_HASH_KEY": {"PLANNER_CPR_HASH_KEY": "short"},
	} {
		if _, _, err := OpenPlanner(t.Context(), lookupIn(settings)); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func lookupIn(settings map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { v, ok := settings[name]; return v, ok }
}
