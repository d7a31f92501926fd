package graphsim

import (
	"crypto"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// PublicKey verifies client assertions.
type PublicKey = *rsa.PublicKey

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// serveToken is the client-credentials flow (behaviour 1).
func (s *Server) serveToken(w http.ResponseWriter, r *http.Request) {
	const path = "/oauth2/v2.0/token"
	entry := Request{At: s.now(), Actor: ActorApp, Method: r.Method, Path: path, Status: http.StatusOK, RequestID: s.newGUID()}
	defer func() { s.requests.add(entry) }()
	if f := s.faults.takeToken(s.now(), path); f != nil {
		entry.Fault = f.Kind
		out, fail, done := s.strikeBefore(r.Context(), f, &entry)
		switch {
		case entry.cut:
			entry.Status = 0
			panic(http.ErrAbortHandler)
		case done && fail != nil:
			for k, v := range fail.header {
				w.Header()[k] = v
			}
			entry.Status = fail.status
			s.tokenError(w, fail.status, "temporarily_unavailable", 90033, "A transient error has occurred. Please try again.")
			return
		case done:
			for k, v := range out.header {
				w.Header()[k] = v
			}
			entry.Status = out.status
			w.WriteHeader(out.status)
			_, _ = w.Write(out.body)
			return
		}
	}
	answered := &statusWriter{ResponseWriter: w, status: http.StatusOK}
	s.giveToken(answered, r)
	entry.Status = answered.status
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (s *Server) giveToken(w http.ResponseWriter, r *http.Request) {
	if r.PathValue("tenant") != s.cfg.Tenant {
		s.tokenError(w, http.StatusBadRequest, "invalid_request", 90002,
			fmt.Sprintf("Tenant '%s' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.", r.PathValue("tenant")))
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		s.tokenError(w, http.StatusBadRequest, "invalid_request", 900144, "The request body is not a form.")
		return
	}
	form := r.PostForm
	switch {
	case form.Get("grant_type") != "client_credentials":
		s.tokenError(w, http.StatusBadRequest, "unsupported_grant_type", 70003, "The app requested an unsupported grant type '"+form.Get("grant_type")+"'.")
		return
	case form.Get("client_id") != s.cfg.ClientID:
		s.tokenError(w, http.StatusBadRequest, "unauthorized_client", 700016, "Application with identifier '"+form.Get("client_id")+"' was not found in the directory.")
		return
	case !strings.Contains(form.Get("scope"), "/.default"):
		s.tokenError(w, http.StatusBadRequest, "invalid_scope", 1002012, "The provided value for scope is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier.")
		return
	}
	if what := s.checkClient(form, baseOf(r)); what != "" {
		code := 7000215
		if form.Get("client_assertion") != "" {
			code = 700027
		}
		s.tokenError(w, http.StatusUnauthorized, "invalid_client", code, what)
		return
	}
	life := s.cfg.TokenLife
	if f, ok := s.faults.find(FaultTokenLife, ""); ok && f.Delay > 0 {
		life = time.Duration(f.Delay)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store, no-cache")
	_ = json.NewEncoder(w).Encode(object{{"token_type", "Bearer"}, {"expires_in", int(life / time.Second)},
		{"ext_expires_in", int(life / time.Second)}, {"access_token", s.accessToken(life)}})
}

func (s *Server) tokenError(w http.ResponseWriter, status int, code string, number int, text string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"error": code, "error_description": fmt.Sprintf("AADSTS%d: %s", number, text),
		"error_codes": []int{number}, "timestamp": s.now().Format("2006-01-02 15:04:05Z"), "trace_id": s.newGUID(), "correlation_id": s.newGUID()})
}

// checkClient returns what is wrong with the client's proof, or "".
func (s *Server) checkClient(form url.Values, base string) string {
	if secret := form.Get("client_secret"); secret != "" {
		if subtle.ConstantTimeCompare([]byte(secret), []byte(s.cfg.ClientSecret)) == 1 {
			return ""
		}
		return "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID."
	}
	if form.Get("client_assertion_type") != assertionType {
		return "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."
	}
	return s.checkAssertion(form.Get("client_assertion"), base)
}

func (s *Server) checkAssertion(jwt, base string) string {
	parts := strings.Split(jwt, ".")
	if len(parts) != 3 {
		return "Client assertion is not a JWT."
	}
	var head struct{ Alg string }
	var claims struct {
		Iss, Sub string
		Aud      any
		Exp, Nbf int64
	}
	for i, into := range []any{&head, &claims} {
		raw, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil || json.Unmarshal(raw, into) != nil {
			return "Client assertion is not a JWT."
		}
	}
	now := sinceEpoch(s.now())
	aud := fmt.Sprint(claims.Aud)
	switch {
	case claims.Sub != s.cfg.ClientID:
		return "Client assertion contains an invalid subject."
	case claims.Exp <= now || claims.Nbf > now+300:
		return "Client assertion is not within its valid time range."
	case len(s.cfg.AssertionKeys) > 0 && !strings.Contains(aud, s.cfg.Tenant) && !strings.HasPrefix(aud, base) && !strings.Contains(aud, "AzureADTokenExchange"):
		return "Client assertion audience does not match the token endpoint."
	}
	if len(s.cfg.AssertionKeys) == 0 {
		return ""
	}
	sig, err := base64.RawURLEncoding.DecodeString(parts[2])
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	for _, key := range s.cfg.AssertionKeys {
		switch {
		case err != nil:
		case head.Alg == "PS256" && rsa.VerifyPSS(key, crypto.SHA256, sum[:], sig, nil) == nil,
			head.Alg == "RS256" && rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], sig) == nil:
			return ""
		}
	}
	return "Client assertion failed signature validation."
}

type tokenClaims struct {
	Aud    string `json:"aud"`
	Iss    string `json:"iss"`
	Iat    int64  `json:"iat"`
	Nbf    int64  `json:"nbf"`
	Exp    int64  `json:"exp"`
	App    string `json:"appid"`
	Tenant string `json:"tid"`
	Kind   string `json:"idtyp"`
	ID     string `json:"uti"`
	// Generation is the server's when the token was given; RevokeTokens raises it.
	Generation int `json:"generation"`
}

// accessToken is a JWT whose signature only this server can make. It carries no roles: with RBAC for
// Applications the calendar permission is not in the token.
func (s *Server) accessToken(life time.Duration) string {
	now := s.now()
	claims, err := json.Marshal(tokenClaims{Aud: "https://graph.microsoft.com", Iss: "https://sts.windows.net/" + s.cfg.Tenant + "/",
		Iat: sinceEpoch(now), Nbf: sinceEpoch(now), Exp: sinceEpoch(now.Add(life)), App: s.cfg.ClientID, Tenant: s.cfg.Tenant, Kind: "app",
		ID: s.newGUID(), Generation: s.tokenGeneration()})
	if err != nil {
		return ""
	}
	signed := b64([]byte(`{"alg":"HS256","typ":"JWT","kid":"graphsim"}`)) + "." + b64(claims)
	return signed + "." + b64(s.sign("token", signed))
}

// sign makes a tag that only this server, with its seed and secret, can make.
func (s *Server) sign(purpose, text string) []byte {
	mac := hmac.New(sha256.New, fmt.Appendf(nil, "%s %d %s %s", purpose, s.cfg.Seed, s.cfg.Tenant, s.cfg.ClientSecret))
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

// NewAccessToken returns a token as the token endpoint would, for clients without a flow.
func (s *Server) NewAccessToken() string { return s.accessToken(s.cfg.TokenLife) }

// RevokeTokens voids every access token given so far; the next call of each client gets 401.
func (s *Server) RevokeTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revoked++
}

func (s *Server) tokenGeneration() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.revoked
}

// authenticate says who is asking (behaviour 3).
func (s *Server) authenticate(q *request) *apiError {
	kind, token, _ := strings.Cut(q.header.Get("Authorization"), " ")
	if strings.EqualFold(kind, "Bearer") && s.cfg.OutlookToken != "" && subtle.ConstantTimeCompare([]byte(token), []byte(s.cfg.OutlookToken)) == 1 {
		q.actor, q.app = ActorOutlook, ActorOutlook
		return nil
	}
	q.actor, q.app = ActorApp, s.cfg.ClientID
	if !strings.EqualFold(kind, "Bearer") || token == "" {
		return s.errUnauthorized("Access token is empty.", "")
	}
	signed, sig, ok := cutLast(token, ".")
	raw, err := base64.RawURLEncoding.DecodeString(sig)
	if !ok || err != nil || !hmac.Equal(raw, s.sign("token", signed)) {
		return s.errUnauthorized("Access token validation failure. Invalid audience.", "invalid_token")
	}
	var claims tokenClaims
	_, payload, _ := strings.Cut(signed, ".")
	if raw, err = base64.RawURLEncoding.DecodeString(payload); err != nil || json.Unmarshal(raw, &claims) != nil {
		return s.errUnauthorized("Access token validation failure.", "invalid_token")
	}
	if sinceEpoch(s.now()) >= claims.Exp || claims.Generation != s.tokenGeneration() {
		return s.errUnauthorized("Access token has expired or is not yet valid.", "invalid_token")
	}
	return nil
}

func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

func (s *Server) errUnauthorized(message, reason string) *apiError {
	challenge := `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000"`
	if reason != "" {
		challenge += `, error="` + reason + `"`
	}
	return &apiError{status: http.StatusUnauthorized, code: "InvalidAuthenticationToken", message: message,
		header: http.Header{"Www-Authenticate": {challenge}}}
}

// serveOpenID is what azidentity reads before its first token (behaviour 2).
func (s *Server) serveOpenID(w http.ResponseWriter, r *http.Request) {
	base := baseOf(r) + "/" + r.PathValue("tenant")
	if r.PathValue("tenant") != s.cfg.Tenant {
		s.tokenError(w, http.StatusBadRequest, "invalid_tenant", 90002, "Tenant '"+r.PathValue("tenant")+"' not found.")
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(object{
		{"token_endpoint", base + "/oauth2/v2.0/token"},
		{"token_endpoint_auth_methods_supported", []string{"client_secret_post", "private_key_jwt", "client_secret_basic"}},
		{"jwks_uri", base + "/discovery/v2.0/keys"},
		{"issuer", base + "/v2.0"},
		{"authorization_endpoint", base + "/oauth2/v2.0/authorize"},
		{"tenant_region_scope", "EU"},
		{"cloud_instance_name", "microsoftonline.com"},
		{"msgraph_host", "graph.microsoft.com"},
	})
}

// serveInstance answers clients that did not switch instance discovery off.
func (s *Server) serveInstance(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(object{
		{"tenant_discovery_endpoint", baseOf(r) + "/" + s.cfg.Tenant + "/v2.0/.well-known/openid-configuration"},
		{"api-version", "1.1"},
		{"metadata", []object{{{"preferred_network", r.Host}, {"preferred_cache", r.Host}, {"aliases", []string{r.Host}}}}},
	})
}
