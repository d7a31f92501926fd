// Package certs is a certificate authority for development: certificates shaped like those of OCES3 and of the older
// FOCES, good and bad, so that every answer to a certificate can be seen without a real one.
//
// As in OCES3 there is a root and an issuing authority below it, everything they sign is RSASSA-PSS, and a caller's
// certificate has no ExtendedKeyUsage, its CVR in organizationIdentifier and its UUID in serialNumber. The
// authorities' keys are forgotten when the program ends, so that nobody can add to what they signed, and every
// name says that it is an imitation. Nothing here is fit for anything but a machine of one's own.
package certs
