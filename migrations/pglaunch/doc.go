// Package pglaunch gives the product a database without asking anybody to set
// one up: Start returns a URL that answers.
//
// # Where the database comes from, in this order
//
//  1. Options.URL (DATABASE_URL): used as it is. That is how production runs.
//  2. A private cluster of ours that another process already runs: joined.
//  3. A private cluster started from programs that are installed: PG_BIN (which
//     must then work), PATH, the usual places of packages. The first choice,
//     because the system keeps them patched.
//  4. Debian and Ubuntu: their own packages, downloaded by apt-get and unpacked
//     with dpkg-deb below Options.ProgramsDir. Nothing is installed and root is
//     not needed; apt checks the signatures; missing package lists are fetched
//     into a directory of our own. PostgreSQL finds its share and library
//     directories relative to its program, so it runs from anywhere; only the
//     libraries of other packages need LD_LIBRARY_PATH. Before 5 because the
//     origin is one that the machine trusts already. Borrowed programs get no
//     security updates until ProgramsDir/debian-NN is deleted: right for a demo,
//     a test or a trial, not for a municipality.
//  5. The archive of the embedded-postgres project (Maven Central). The module
//     downloads and unpacks; we run the programs ourselves, because it never
//     drops root and listens on TCP.
//  6. NotFoundError: one line that names what to install.
//
// An existing cluster is run by its own major only (PG_VERSION).
//
// # How a private cluster runs
//
// In Options.StateDir lie two locks and the log, and in "postgres" below it the
// cluster: data, run (socket) and password. Root becomes the user postgres, or
// nobody where there is none, and the cluster belongs to that user; where that
// user cannot enter the state directory the cluster goes below
// /var/lib/kommunal-planner and the file postgres.location remembers where.
// The server listens on a unix socket in a 0700 directory, so "trust" means: the
// owner and root. With Options.TCPPort it listens on 127.0.0.1 as well and asks
// for a random password (scram-sha-256). A path too long for a socket address
// (107 bytes on Linux) is replaced by a short directory below /tmp, which must
// belong to the server's user and be closed to others.
//
// The server gets neither our environment (keys) nor leave to write statements
// or key values into its log (they may name citizens).
//
// # Life and death
//
// Two flocks, which the kernel frees however a process ends: "start" lets one
// process start at a time; "owner" is held by the process whose child the server
// is. A start that finds the owner alive joins its server. A start that finds a
// server without an owner ends it, for it is dying anyway: on Linux the server
// gets SIGINT (orderly, fast shutdown) from the kernel when its parent dies,
// also by kill -9. That signal is tied to the thread that forked, so that thread
// is kept for as long as the server runs. Elsewhere an orphan lives until the
// next start. Those who joined lose the server with its owner.
//
// The server has a process group of its own, so Ctrl-C reaches us alone and we end
// first. Under systemd say KillMode=mixed for the same reason.
//
// Stop sends SIGINT, after 20 s SIGQUIT, after 5 s more SIGKILL. A server that
// was killed recovers at the next start; Exited tells the owner at once.
//
// Windows: ErrUnsupported (no unix sockets, uids and signals); DATABASE_URL works.
package pglaunch
