// A source of WS-ReliableMessaging: sends summonses one way. For soapcpp2, with the plugin's own headers.
#import "soap12.h"
#import "wsrm.h"

//gsoap n1 schema namespace: http://service.bm.dk/pjaktass/2013/06/07/CodeListBase/
//gsoap q service name: Source
//gsoap q service namespace: http://service.bm.dk/WsrmMessageService/GetIndkaldelseVersion1/
//gsoap q schema form: qualified
//gsoap q service method-header-part: GetIndkaldelseType wsa5__MessageID
//gsoap q service method-header-part: GetIndkaldelseType wsa5__To
//gsoap q service method-header-part: GetIndkaldelseType wsa5__Action
//gsoap q service method-header-part: GetIndkaldelseType wsrm__Sequence
//gsoap q service method-header-part: GetIndkaldelseType wsrm__AckRequested
//gsoap q service method-header-part: GetIndkaldelseType wsrm__SequenceAcknowledgement
//gsoap q service method-action: GetIndkaldelseType urn:example:summons
typedef char *n1__any;
int q__GetIndkaldelseType(_XML __any, void);
