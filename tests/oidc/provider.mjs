// A real OpenID Connect provider for the tests: certified code, its own keys, accounts of any name, nothing kept.
// node provider.mjs PORT REDIRECT_URI…   (prints "ready" when it listens)
import { Provider } from "oidc-provider";

const [port, ...redirects] = process.argv.slice(2);
const provider = new Provider(`http://localhost:${port}`, {
  clients: [{ client_id: "tollgate", client_secret: "a secret of the tests", redirect_uris: redirects,
    token_endpoint_auth_method: "client_secret_basic" }],
  pkce: { required: () => true },
  cookies: { keys: ["tests"] },
});
provider.listen(Number(port), "127.0.0.1", () => console.log("ready"));
