//go:build unix

package pglaunch

import "strconv"

// settings of the server, on the command line so that old clusters get new ones.
func (c *cluster) settings(at address) []string {
	set := []string{
		"unix_socket_directories=" + at.socketDir,
		"unix_socket_permissions=0700",
		"port=" + strconv.Itoa(at.port),
		"listen_addresses=",
		"max_connections=" + strconv.Itoa(c.o.MaxConnections),
		"timezone=UTC", "log_timezone=UTC",
		"jit=off", // short queries; and borrowed programs come without LLVM
		"logging_collector=off",
		"log_min_messages=warning",
		// Statements and key values could name citizens: neither goes to the log.
		"log_min_error_statement=panic", "log_error_verbosity=terse", "log_parameter_max_length_on_error=0",
	}
	if at.password != "" {
		set = append(set, "listen_addresses=127.0.0.1")
	}
	if c.o.Fast {
		set = append(set, "fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off", "wal_level=minimal", "max_wal_senders=0")
	}
	return set
}
