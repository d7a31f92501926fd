package pglaunch

// programs is one set of PostgreSQL's programs.
type programs struct {
	bin     string // directory of initdb and postgres
	major   int
	libPath string // LD_LIBRARY_PATH, when the libraries are not the system's
	source  Source
}
