/* gSOAP sending a list that is ready in memory. ready ANSWER, the file with the answer's body element; prints its address. */
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "soapH.h"
#include "ExternalBookingServiceBinding.nsmap"

static struct b__GetSelfbookTimeslotsResponseType ready;

int __ebs__GetSelfbookTimeslots(struct soap *soap, struct b__GetSelfbookTimeslotsRequestType *q, struct b__GetSelfbookTimeslotsResponseType *a) {
  *a = ready;
  return SOAP_OK;
}

#define REFUSE(op) int __ebs__##op(struct soap *soap, struct b__##op##RequestType *q, struct b__##op##ResponseType *a) { return SOAP_NO_METHOD; }
REFUSE(GetSelfbookInterviewOptions)
REFUSE(GetSelfbookCaseWorkers)
REFUSE(GetRescheduleTimeslots)
REFUSE(GetBookingDetails)
REFUSE(CreateBooking)
REFUSE(RescheduleBooking)

static void *connection(void *own) {
  soap_serve(own);
  soap_destroy(own);
  soap_end(own);
  soap_free(own);
  return NULL;
}

int main(int argc, char **argv) {
  struct soap *reader = soap_new1(SOAP_XML_IGNORENS);
  if (argc != 2 || (reader->recvfd = open(argv[1], O_RDONLY)) < 0) return 2;
  if (soap_begin_recv(reader) || !soap_get_b__GetSelfbookTimeslotsResponseType(reader, &ready, "b:GetSelfbookTimeslotsResponse", NULL)) {
    soap_print_fault(reader, stderr);
    return 1;
  }
  struct soap *soap = soap_new1(SOAP_IO_KEEPALIVE);
  soap->bind_flags = SO_REUSEADDR;
  soap->socket_flags = MSG_NOSIGNAL;
  soap->max_keep_alive = 1 << 30;
  if (!soap_valid_socket(soap_bind(soap, "127.0.0.1", 0, 100))) {
    soap_print_fault(soap, stderr);
    return 1;
  }
  struct sockaddr_in at;
  socklen_t n = sizeof at;
  getsockname(soap->master, (struct sockaddr *)&at, &n);
  printf("http://127.0.0.1:%d/\n", ntohs(at.sin_port));
  fflush(stdout);
  for (;;) {
    if (!soap_valid_socket(soap_accept(soap))) continue;
    pthread_t thread;
    pthread_create(&thread, NULL, connection, soap_copy(soap));
    pthread_detach(thread);
  }
}
