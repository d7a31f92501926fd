/* source URL FILE…: sends each file's content as one message of a reliable sequence, and again what is not acknowledged, until all is. */
#include "soapH.h"
#include "wsrmapi.h"
#include "Source.nsmap"
#include <unistd.h>

static char *slurp(const char *name) {
  FILE *f = fopen(name, "rb");
  long n;
  char *text;
  if (!f || fseek(f, 0, SEEK_END) || (n = ftell(f)) < 0 || !(text = calloc(1, n + 1))) exit(3);
  rewind(f);
  if (fread(text, 1, n, f) != (size_t)n) exit(3);
  fclose(f);
  return text;
}

/* How many messages are not acknowledged; soap_wsrm_nack() counts only those that were refused by name. */
static int left(soap_wsrm_sequence_handle seq) {
  struct soap_wsrm_message *m;
  int n = 0;
  for (m = seq->messages; m; m = m->next) n += m->state != SOAP_WSRM_ACK;
  return n;
}

int main(int argc, char **argv) {
  struct soap *soap = soap_new1(SOAP_C_UTFSTRING);
  soap_wsrm_sequence_handle seq = NULL;
  int i, tries;
  soap_register_plugin(soap, soap_wsa);
  soap_register_plugin(soap, soap_wsrm);
  soap->send_timeout = soap->recv_timeout = 2;
  for (tries = 0; soap_wsrm_create(soap, argv[1], NULL, 60000, soap_wsa_rand_uuid(soap), &seq); tries++) {
    soap_print_fault(soap, stderr);
    soap_wsrm_seq_free(soap, seq);
    if (tries == 9) return 1;
  }
  for (i = 2; i < argc; i++) {
    if (soap_wsrm_request_acks(soap, seq, soap_wsa_rand_uuid(soap), "urn:example:summons")) return 1;
    if (soap_send_q__GetIndkaldelseType(soap, soap_wsrm_to(seq), "urn:example:summons", slurp(argv[i])) || soap_recv_empty_response(soap)) {
      if (soap->error != 202) soap_print_fault(soap, stderr);
      soap_closesock(soap);
    }
    soap_end(soap);
  }
  for (tries = 0; left(seq) > 0 && tries < 50; tries++) {
    soap_wsrm_resend(soap, seq, 0, 0);
    soap_closesock(soap);
  }
  for (tries = 0; soap_wsrm_close(soap, seq, soap_wsa_rand_uuid(soap)) && tries < 10; tries++) soap_closesock(soap);
  printf("%d sent, %d not acknowledged\n", (int)soap_wsrm_num(seq), left(seq));
  i = left(seq) > 0;
  if (soap_wsrm_terminate(soap, seq, soap_wsa_rand_uuid(soap))) soap_print_fault(soap, stderr);
  soap_wsrm_seq_free(soap, seq);
  return i;
}
