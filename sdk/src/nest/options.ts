export interface LatchkeyOptions {
  /** Latchkey's address, as it stands in the token's iss. Everything else is looked for below it. */
  issuer: string;
  /** What the token's aud must name: the issuer if not given, as Latchkey has it unless JWT_AUDIENCE is set. */
  audience?: string;
  /** For HS256: 32 bytes at least. No JWKS is fetched then. */
  jwtSecret?: string;
  /** Where the JWKS is, if not at <issuer>/.well-known/jwks.json. */
  jwksUrl?: string;
  /** Where to learn what was ended. JwtSessionGuard needs it. */
  feed?: {
    /** An API key (lks_…) with the scope revocations:read. */
    key: string;
    /** Where the feed is, if not at <issuer>/auth/revocations. */
    url?: string;
  };
  /** For how many seconds routes go on when the feed is silent: 300 if not given. See Strict and Lenient. */
  maxStale?: number;
  /** Lets in tokens of this tenant alone. */
  tenant?: string;
  /** Seconds by which clocks may differ: 30 if not given. */
  leeway?: number;
  /** Origins of other websites that may send changes with the cookie, like https://app.example.com. */
  trustedOrigins?: string[];
  /** Allows http:// beyond this machine. Who can touch that network can then choose the keys and read the API key. */
  plainHttp?: boolean;
}

export const OPTIONS = Symbol('latchkey options');
