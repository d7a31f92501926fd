package archtest

// Module is the path of the module whose tree is read.
const Module = "kommunalplanner.example"

// product is the program that municipalities run.
const product = "cmd/planner"

// mayImport is the dependency graph, lowest layer first. "x/..." stands for everything below x.
// Packages below cmd may import anything; product may not reach notInProduct. A package's generated
// queries (its folder dbsqlc) are its own and nobody else's.
var mayImport = map[string][]string{
	// Values and rules: no I/O, no clock.
	"planner":         {},
	"planner/roster":  {"planner"},
	"planner/summons": {"planner"},
	"sync/calendar":   {},
	"jobs/jobargs":    {},
	"sync/reconcile":  {"sync/calendar"},
	"sync/translate":  {"sync/calendar", "planner"},

	// The schema, and a database to have it in.
	"migrations/pglaunch": {},
	"migrations":          {"migrations/pglaunch"},
	"migrations/pgbatch":  {},

	// The contracts.
	"soap/contract": {},
	"soap/wire":     {"soap/wire/..."},
	"soap/wire/...": {"soap/wire", "soap/wire/..."},
	"soap":          {"planner", "soap/contract", "soap/wire", "soap/wire/..."},
	// The planner's values in the booking contract's forms.
	"soap/bookingform": {"planner", "soap/wire/booking"},
	// SOAP as a caller, for DFDG's services and for whoever plays DFDG.
	"soap/soapclient": {"soap", "soap/wire"},

	// One package per outside system.
	"planner/plannerdb":  {"planner", "jobs/jobargs", "migrations/pgbatch"},
	"planner/recorddb":   {"planner"},
	"planner/rosterdb":   {"planner", "planner/roster"},
	"planner/staffdb":    {"planner"},
	"planner/summonsdb":  {"planner", "planner/summons", "planner/plannerdb", "jobs/jobargs"},
	"planner/calendardb": {"planner", "jobs/jobargs", "migrations/pgbatch", "soap/externalcalendar"},
	"sync/syncdb": {"planner", "planner/plannerdb", "migrations/pgbatch", "jobs/jobargs", "sync/calendar", "sync/mailbox",
		"sync/reconcile", "sync/translate", "sync/webhook"},
	"soap/evidencedb":   {"planner", "soap"},
	"sync/msgraph":      {"sync/calendar"},
	"soap/dfdgqueue":    {"planner", "soap", "soap/contract", "soap/soapclient", "soap/wire", "soap/wire/..."},
	"soap/dfdgregister": {"planner", "soap", "soap/bookingform", "soap/contract", "soap/soapclient", "soap/wire", "soap/wire/..."},
	"soap/dfdgcodes":    {"planner"},
	"soap/dfdgdb":       {"planner", "migrations/pgbatch", "jobs/jobargs", "soap/dfdgcodes", "soap/dfdgqueue", "soap/dfdgregister"},

	// What the program does.
	"sync/mailbox":          {"planner", "sync/calendar", "sync/reconcile", "sync/translate"},
	"sync/webhook":          {"jobs/jobargs", "sync/calendar"},
	"soap/callers":          {"soap", "soap/wire"},
	"soap/externalbooking":  {"planner", "soap", "soap/bookingform", "soap/contract", "soap/wire", "soap/wire/..."},
	"soap/externalcalendar": {"planner", "soap", "soap/contract", "soap/wire", "soap/wire/..."},
	"jobs":                  {"planner", "jobs/jobargs", "sync/calendar", "sync/mailbox", "soap/dfdgqueue", "soap/dfdgregister"},

	// Stand-ins for the outside, for tests, the demonstration and the benchmarks.
	"migrations/pgtest":   {"migrations", "migrations/pglaunch"},
	"planner/plannertest": {"planner"},
	"sync/graphsim":       {},
	"sync/graphtest":      {"sync/calendar", "sync/graphsim", "sync/mailbox", "sync/msgraph"},
	// Tests only, so that "go test ./sync/..." is the whole proof of the sync.
	"sync/graphtest/hardcases": {},
	"soap/dfdgsim":             {"soap", "soap/contract", "soap/soapclient", "soap/wire", "soap/wire/..."},
}

// notInProduct must not be reachable from the product, by any path.
var notInProduct = []string{
	Module + "/migrations/pgtest", Module + "/planner/plannertest", Module + "/sync/graphsim",
	Module + "/sync/graphtest", Module + "/sync/graphtest/hardcases", Module + "/soap/dfdgsim", Module + "/cmd/internal/world", Module + "/cmd/internal/e2e", Module + "/cmd/internal/archtest",
	"testing/...", "net/http/httptest", "pgregory.net/rapid", "github.com/google/go-cmp/...",
	"go.uber.org/goleak", "github.com/hooklift/gowsdl/...",
}

// onlyHere says which packages may import an outside one, in files that are not tests.
var onlyHere = []struct {
	path  string
	homes []string
	why   string
}{
	{"github.com/microsoftgraph/...", []string{"sync/msgraph"}, "no SDK type leaves that package"},
	{"github.com/microsoft/...", []string{"sync/msgraph"}, "no SDK type leaves that package"},
	{"github.com/Azure/...", []string{"sync/msgraph"}, "signing in to Graph is its business"},
	{"github.com/riverqueue/...", []string{"jobs", "migrations", "migrations/...", "cmd/..."}, "who enqueues needs an Outbox, not River"},
	{"riverqueue.com/...", []string{"cmd/..."}, "only the admin pages show the queue's own"},
	{"github.com/jackc/pgx/...", []string{"planner/plannerdb", "planner/plannerdb/dbsqlc", "planner/recorddb", "planner/recorddb/dbsqlc", "planner/rosterdb", "planner/rosterdb/dbsqlc", "planner/staffdb", "planner/staffdb/dbsqlc", "planner/calendardb", "planner/calendardb/dbsqlc", "soap/evidencedb", "soap/evidencedb/dbsqlc", "sync/syncdb", "sync/syncdb/dbsqlc", "soap/dfdgdb", "soap/dfdgdb/dbsqlc", "jobs", "migrations", "migrations/...", "cmd/...", "planner/summonsdb", "planner/summonsdb/dbsqlc"}, "SQL stays in the database packages"},
	{"github.com/pressly/goose/...", []string{"migrations"}, "the schema has one way to get there"},
	{"github.com/hooklift/gowsdl/...", []string{"soap/wire/...", "cmd/internal/..."}, "it is a tool that generates soap/wire"},
}

// nowhere may not be imported at all, tests included.
var nowhere = map[string]string{
	"github.com/microsoftgraph/msgraph-sdk-go": "the SDK's root package more than doubles the cold build; import its subpackages",
	"github.com/pkg/errors":                    "use errors and fmt.Errorf with %w",
}

// programs is where package main may be; a generator lies beside what it generates.
var programs = []string{"cmd/...", "soap/wire/wsdlgen"}

// pure packages compute answers from their arguments alone.
var pure = []string{"planner", "planner/roster", "planner/summons", "sync/calendar", "sync/reconcile", "sync/translate"}

var impureImports = []string{"os", "net", "net/http", "database/sql", "log", "log/slog", "math/rand", "math/rand/v2", "sync", "context"}

var clockReads = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}

// topLevel is what may lie beside go.mod, each for a reason that a newcomer knows or a tool has.
var topLevel = []string{"cmd", "sync", "planner", "jobs", "soap", "migrations", "go.mod", "go.sum", "README.md", "LICENSE", ".gitignore", ".ci", ".git", "bin"}

// longestFile is in lines: beyond it a file holds more than one thing.
const longestFile = 700

// standardNames are the names of the standard library's packages. One of ours with such a name would
// make readers, and goimports, take one for the other.
const standardNames = ` adler32 aes ascii85 asn1 ast atomic base32 base64 big binary bits bufio build buildinfo bytes bzip2
 cgi cgo cipher cmp cmplx color comment constant constraint context cookiejar coverage crc32 crc64 crypto cryptotest csv
 debug des doc draw driver dsa dwarf ecdh ecdsa ed25519 elf elliptic embed encoding errors exec expvar fcgi filepath
 fips140 flag flate fmt fnv format fs fstest gif gob gosym gzip hash heap hex hkdf hmac hpke html http httptest httptrace
 httputil image importer io iotest ioutil iter jpeg json jsonrpc list log lzw macho mail maphash maps math md5 metrics mime
 mlkem multipart net netip os palette parse parser path pbkdf2 pe pem pkix plan9obj plugin png pprof printer quick
 quotedprintable race rand rc4 reflect regexp ring rpc rsa runtime scanner sha1 sha256 sha3 sha512 signal slices slog
 slogtest smtp sort sql strconv strings structs subtle suffixarray sync synctest syntax syscall syslog tabwriter tar
 template testing textproto time tls token trace types tzdata unicode unique unsafe url user utf16 utf8 version weak x509
 xml zip zlib `
