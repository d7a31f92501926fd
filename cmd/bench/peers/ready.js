// npm soap sending a list that is ready in memory. node ready.js WSDL ANSWER; prints its address.
'use strict';
const fs = require('fs');
const http = require('http');
const soap = require('soap');

const [wsdl, answer] = process.argv.slice(2);
// It reads a dateTime into a Date, and would write that as JavaScript prints it.
const texts = x => x instanceof Date ? x.toISOString() : Array.isArray(x) ? x.map(texts)
  : x && typeof x === 'object' ? Object.fromEntries(Object.entries(x).map(([k, v]) => [k, texts(v)])) : x;

(async () => {
  const client = await soap.createClientAsync(wsdl);
  const ready = texts(client.wsdl.xmlToObject(fs.readFileSync(answer, 'utf8')).Body.GetSelfbookTimeslotsResponse);
  const text = await (await fetch(wsdl)).text();
  const server = http.createServer((_, response) => { response.statusCode = 404; response.end(); });
  server.keepAliveTimeout = 600000;
  server.listen(0, '127.0.0.1', () => {
    const methods = { GetSelfbookTimeslots: () => ready };
    soap.listen(server, { path: '/', services: { ExternalBookingService: { ExternalBookingService: methods } }, xml: text, uri: wsdl,
      callback: () => console.log(`http://127.0.0.1:${server.address().port}/`) });
  });
})().catch(e => { console.error(e); process.exit(1); });
