package booking

import "log/slog"

const masked = "******-****"

// String masks, so that a printed message tells no CPR; string(v) gives the digits.
func (PersonCivilRegistrationIdentifierType) String() string { return masked }

// GoString masks.
func (PersonCivilRegistrationIdentifierType) GoString() string { return masked }

// LogValue masks.
func (PersonCivilRegistrationIdentifierType) LogValue() slog.Value { return slog.StringValue(masked) }
