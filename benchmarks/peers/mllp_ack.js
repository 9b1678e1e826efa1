// SPDX-License-Identifier: Apache-2.0
// A receiver that parses a message, acknowledges it and forgets it: how fast MLLP can be answered in Node when nothing is kept.
// Prints the port that it listens on.
import { Hl7Server } from '@medplum/hl7';

const server = new Hl7Server((connection) => {
  connection.addEventListener('message', (event) => connection.send(event.message.buildAck()));
});
await server.start(0);
console.log(server.server.address().port);
