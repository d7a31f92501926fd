// Package staffdb keeps the accounts of employees who use the pages: who they are, what they may do, for which job centres.
//
// Passwords are kept as argon2id hashes (19 MiB, two passes, one lane: OWASP's recommendation), judged two at a time so that a flood
// of guesses takes bounded memory; an unknown login takes as long as a wrong password. API tokens are random, so that their
// SHA-256 suffices; each is shown once, has an end and can be revoked. An account is closed, never deleted: the audit trail
// names it by its login. Each change writes its audit row in the same transaction: who, what, and the account before and after.
//
// Account.Epoch changes when sessions must end: with a new password, and when the account is closed.
package staffdb
