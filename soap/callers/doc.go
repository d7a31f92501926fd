// Package callers decides who may call: by certificate, by list, by what was revoked, and for which job centre.
//
// # Four questions
//
//	Is the certificate good?      chain, time, key       crypto/tls, or authorities.verify for a proxy's header
//	Was it revoked?               OCSP, lists            revocations.check
//	Whose is it?                  CVR and UUID or FID    Identify, never from the common name
//	May they do this?             the callers file       List: service, organisation in the header, job centre
//
// That a chain is good says little: every OCES certificate in Denmark passes there.
//
// # When each is asked
//
// The first two in the handshake, so that the caller's TLS reports what is wrong, and both again with every call from
// what is remembered: a connection, or a session resumed, may outlive a certificate, an authority or an entry.
// The last two with every call, so that a new list is in force at once.
//
// # What a refused caller sees
//
//	none sent                           TLS alert 116 certificate_required (TLS 1.2: 40 handshake_failure)
//	expired, not yet valid              TLS alert 45 certificate_expired
//	unknown authority, self-signed      TLS alert 48 unknown_ca
//	revoked, key too weak               TLS alert 42 bad_certificate (crypto/tls has no way to send 44)
//	good, revocation cannot be learnt   fault 1100, a Server fault: try again
//	good, not in the list               fault 1013
//	listed, not for this job centre     fault 4575
//	none or no believable one, proxy    fault 1101
//	any of the bad ones, proxy          fault 1012; on an open connection, over our own TLS too
//
// # Revocation
//
// Methods are asked in order and the first definite answer counts. Not knowing refuses (fail-closed) unless told
// otherwise. A caller waits for a source once, for a bounded time; after that, and when an answer grows old, sources are
// asked in the background, and what is held is used until its own end. Whoever answers must have signed: the
// issuer, or with OCSP one it made for that. Every certificate of the chain is looked up whose issuer is known.
//
// # Files
//
// All files are followed: looked at every few seconds and on SIGHUP. A version that cannot be used is logged, shown in
// the metrics, and leaves the one before in force.
package callers
