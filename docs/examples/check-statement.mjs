// Checks the signature of a statement of docs/interchange.md with an implementation of DSSE that is not ours; Node.js 20 and later.
//
//   npm install @sigstore/bundle @sigstore/verify
//   node check-statement.mjs STATEMENT KEY_PEM
//
// STATEMENT is what `cairn audit --sign` or `cairn export intoto` wrote, KEY_PEM what `--public-key` did. Needs no network. Prints
// the subjects and exits with 0 if the key signed the statement, else with 1.
import crypto from 'node:crypto';
import fs from 'node:fs';
import {bundleFromJSON} from '@sigstore/bundle';
import {toSignedEntity, Verifier} from '@sigstore/verify';

const [statement, pem] = process.argv.slice(2);
const dsseEnvelope = JSON.parse(fs.readFileSync(statement, 'utf8'));
const publicKey = crypto.createPublicKey(fs.readFileSync(pem));

// The key is known: no certificate, no transparency log and no time stamp stands for it.
const bundle = bundleFromJSON({
  mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
  verificationMaterial: {publicKey: {hint: 'auditor'}, tlogEntries: [], timestampVerificationData: {rfc3161Timestamps: []}},
  dsseEnvelope,
});
const trust = {
  certificateAuthorities: [],
  timestampAuthorities: [],
  tlogs: [],
  ctlogs: [],
  publicKey: () => ({publicKey, validFor: () => true}),
};
try {
  new Verifier(trust, {tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0}).verify(toSignedEntity(bundle));
} catch (refused) {
  console.error(`not signed by this key: ${refused.message}`);
  process.exit(1);
}
for (const subject of JSON.parse(Buffer.from(dsseEnvelope.payload, 'base64')).subject) {
  console.log(`${subject.name} ${JSON.stringify(subject.digest)}`);
}
