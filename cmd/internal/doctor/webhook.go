package doctor

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"kommunalplanner.example/sync/calendar"
)

// dialTime bounds looking at the webhook's certificate.
const dialTime = 10 * time.Second

func examineWebhook(ctx context.Context, p Patient, r *Report) {
	const check = "webhook"
	if p.WebhookURL == "" {
		r.add(Fail, check, "", "PLANNER_WEBHOOK_URL is not set", "without it changes in Outlook are seen after 15 minutes at worst")
		return
	}
	u, err := url.Parse(p.WebhookURL)
	if err != nil || u.Hostname() == "" {
		r.add(Fail, check, "", "PLANNER_WEBHOOK_URL is no address", "")
		return
	}
	if u.Scheme == "https" {
		examineHost(ctx, p, u, r)
	} else if ip := net.ParseIP(u.Hostname()); ip == nil || !ip.IsLoopback() {
		r.add(Fail, check, "", "PLANNER_WEBHOOK_URL is not https", "Graph sends notices over HTTPS only")
	}
	if p.Graph == nil || len(p.Mailboxes) == 0 || p.ReadOnly {
		r.add(Warn, check, "", "Graph was not asked to call it", "")
		return
	}
	err = p.Graph.ProbeWebhook(ctx, p.Mailboxes[0].User, p.WebhookURL)
	var refused *calendar.RefusedError
	switch {
	case err == nil:
		r.add(OK, check, "", "Graph called it and got the right answer", "")
	case errors.As(err, &refused) && (refused.Code == "ValidationError" || refused.Code == "InvalidRequest"):
		r.add(Fail, check, "", "Graph did not get the answer it wants ("+refused.Code+")",
			"a process with the role webhook must run and be reached at PLANNER_WEBHOOK_URL from the internet within 10 s; a proxy must let the query through")
	default:
		detail, next := explain(err, "subscribe")
		r.add(Fail, check, "", detail, next)
	}
}

// examineHost looks at the certificate as Graph would. That we cannot reach the address ourselves proves nothing:
// many networks do not let anybody out and in again.
func examineHost(ctx context.Context, p Patient, u *url.URL, r *Report) {
	const check = "webhook certificate"
	port := u.Port()
	if port == "" {
		port = "443"
	}
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	d := tls.Dialer{Config: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: p.Roots}}
	conn, err := d.DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	var bad *tls.CertificateVerificationError
	switch {
	case errors.As(err, &bad):
		r.add(Fail, check, "", bad.Err.Error(), "Graph trusts publicly known authorities only, and needs the intermediate certificates sent along")
		return
	case err != nil:
		r.add(Warn, check, "", fmt.Sprintf("not seen from here: %v", err), "")
		return
	}
	defer func() { _ = conn.Close() }()
	chain := conn.(*tls.Conn).ConnectionState().PeerCertificates
	judge(p, r, check, u.Hostname(), chain[:1])
}
