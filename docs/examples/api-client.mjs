// A client of the API of docs/api.md for Node.js 18 and later.
//
//   npm install @grpc/grpc-js @grpc/proto-loader
//   node api-client.mjs API_PROTO unix:PATH
//   node api-client.mjs API_PROTO HOST:PORT NODE CLIENT_DIR
//
// API_PROTO is api.proto of this repository. NODE is the identity of the node that must answer, CLIENT_DIR what
// `cairn peer client CLIENT_DIR` has made. Puts two artifacts and an edge, reads all back, and follows the log meanwhile.
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import tls from 'node:tls';
import grpc from '@grpc/grpc-js';
import loader from '@grpc/proto-loader';

const VOUCHER_HEAD = Buffer.from('04620460', 'hex'); // what stands before the voucher in the certificate
const [proto, address, node, clientDirectory] = process.argv.slice(2);

/** The certificate that answers at the address, once the key of the node has proved to vouch for it (node-certificate.md). */
function serverCertificate(host, port) {
  return new Promise((resolve, reject) => {
    const socket = tls.connect(
        {host, port, rejectUnauthorized: false, minVersion: 'TLSv1.3', ALPNProtocols: ['h2']}, () => {
      const certificate = new crypto.X509Certificate(socket.getPeerCertificate().raw);
      socket.destroy();
      resolve(certificate);
    });
    socket.on('error', reject);
  });
}

function checkNode(certificate, expected) {
  const der = certificate.raw;
  const at = der.indexOf(VOUCHER_HEAD) + VOUCHER_HEAD.length;
  const key = der.subarray(at, at + 32);
  const signature = der.subarray(at + 32, at + 96);
  const times = Buffer.alloc(16);
  times.writeBigUInt64BE(BigInt(Date.parse(certificate.validFrom) / 1000), 0);
  times.writeBigUInt64BE(BigInt(Date.parse(certificate.validTo) / 1000), 8);
  const statement = Buffer.concat(
      [Buffer.from('cairn-tls-v1\0'), certificate.publicKey.export({type: 'spki', format: 'der'}), times]);
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), key]);
  const nodeKey = crypto.createPublicKey({key: spki, format: 'der', type: 'spki'});
  const id = crypto.createHash('sha256').update(key).digest('hex');
  if (id !== expected || !crypto.verify(null, statement, nodeKey, signature)) {
    throw new Error(`not node ${expected} that answers`);
  }
}

async function credentials() {
  if (address.startsWith('unix:')) {
    return grpc.credentials.createInsecure(); // only this user can open the socket
  }
  const [, host, port] = address.match(/^(.*):(\d+)$/);
  const certificate = await serverCertificate(host, Number(port));
  checkNode(certificate, node);
  return grpc.credentials.createSsl(
      Buffer.from(certificate.toString()),
      fs.readFileSync(path.join(clientDirectory, 'key.pem')),
      fs.readFileSync(path.join(clientDirectory, 'certificate.pem')),
      // The name of a node is its key: host names mean nothing. The certificate is the one that was just checked.
      {checkServerIdentity: () => undefined});
}

const schema = loader.loadSync(proto, {longs: String, enums: String, defaults: true});
const api = grpc.loadPackageDefinition(schema).cairn.api.v1;
const client = new api.Cairn(address, await credentials());

const call = (name, request) => new Promise((resolve, reject) =>
  client[name](request, (error, reply) => error ? reject(error) : resolve(reply)));

const put = (type, text) => new Promise((resolve, reject) => {
  const stream = client.put((error, reply) => error ? reject(error) : resolve(reply));
  stream.write({head: {type}});
  stream.end({data: Buffer.from(text)});
});

async function get(key) {
  const pieces = [];
  for await (const reply of client.get({key})) {
    pieces.push(reply.data);
  }
  return Buffer.concat(pieces).toString();
}

const status = await call('status', {});
console.log('node', status.node, 'holds', status.records, 'records');

const watching = client.watch({fromEnd: true, follow: true});
const seen = [];
let begun;
const ready = new Promise(resolve => begun = resolve);
watching.on('metadata', () => begun());
watching.on('error', error => { if (error.code !== grpc.status.CANCELLED) throw error; });
watching.on('data', reply => reply.commits.forEach(commit => commit.records.forEach(record => seen.push(record.key))));
await Promise.race([ready, new Promise(resolve => setTimeout(resolve, 500))]);

const cause = await put('text/plain', 'a cause\n');
const effect = await put('text/plain', 'an effect\n');
console.log('put', cause.artifact.key, cause.new);
console.log('put', effect.artifact.key, effect.new);
console.log('get', JSON.stringify(await get(effect.artifact.key)));

const edge = await call('link', {
  type: 'example:led-to', from: [{key: cause.artifact.key}], to: [{key: effect.artifact.key, role: 'outcome'}]});
console.log('link', edge.artifact.key);

for await (const reply of client.lineage({starts: [effect.artifact.key], direction: 'DIRECTION_UP'})) {
  reply.nodes.forEach(found => console.log('lineage', found.depth, found.key));
}

const program = JSON.stringify({
  program: 1,
  inputs: ['text'],
  nodes: {lines: {operator: 'text/stats@1', inputs: ['text']}},
  outputs: {lines: 'lines'}});
try {
  const run = await call('run', {text: Buffer.from(program), inputs: {text: cause.artifact.key}});
  console.log('run', run.status, run.outputs.map(output => `${output.name}=${output.key}`).join(' '));
} catch (error) {
  console.log('run', grpc.status[error.code], error.details);
}

try {
  await get('asl1-sha256:' + '0'.repeat(64));
} catch (error) {
  console.log('missing', grpc.status[error.code], error.details);
}
await new Promise(resolve => setTimeout(resolve, 300));
watching.cancel();
console.log('watched', seen.length);
client.close();
