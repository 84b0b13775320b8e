import com.google.api.client.auth.oauth2.AuthorizationCodeFlow;
import com.google.api.client.auth.oauth2.BearerToken;
import com.google.api.client.auth.oauth2.RefreshTokenRequest;
import com.google.api.client.auth.oauth2.TokenResponse;
import com.google.api.client.auth.oauth2.TokenResponseException;
import com.google.api.client.auth.openidconnect.IdTokenResponse;
import com.google.api.client.http.BasicAuthentication;
import com.google.api.client.http.GenericUrl;
import com.google.api.client.http.HttpTransport;
import com.google.api.client.http.javanet.NetHttpTransport;
import com.google.api.client.json.GenericJson;
import com.google.api.client.json.JsonObjectParser;
import com.google.api.client.json.gson.GsonFactory;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/** A relying party with google-oauth-client, unmodified: ../others.mjs starts it and is its user's browser. */
final class Party {
    private static final Map<String, String> GIVEN = System.getenv();
    private static final HttpTransport HTTP = new NetHttpTransport();
    private static final BufferedReader BROWSER = new BufferedReader(new InputStreamReader(System.in));

    public static void main(String[] arguments) throws Exception {
        var json = GsonFactory.getDefaultInstance();
        var metadata = get(GIVEN.get("ISSUER") + "/.well-known/openid-configuration", null);
        var id = GIVEN.get("CLIENT_ID");
        var flow = new AuthorizationCodeFlow.Builder(
                BearerToken.authorizationHeaderAccessMethod(),
                HTTP,
                json,
                new GenericUrl((String) metadata.get("token_endpoint")),
                new BasicAuthentication(id, GIVEN.get("CLIENT_SECRET")),
                id,
                (String) metadata.get("authorization_endpoint"))
            .setScopes(List.of("openid", "profile", "email", "offline_access"))
            .enablePKCE()
            .build();
        var state = random();
        var nonce = random();
        var url = flow.newAuthorizationUrl().setState(state).setRedirectUri(GIVEN.get("REDIRECT_URI")).set("nonce", nonce);
        var back = new GenericUrl(send("sign-in", url.build()));
        check(state.equals(back.getFirst("state")) && GIVEN.get("ISSUER").equals(back.getFirst("iss")), "another state or issuer");
        var code = (String) back.getFirst("code");
        var tokens = IdTokenResponse.execute(flow.newTokenRequest(code).setRedirectUri(GIVEN.get("REDIRECT_URI")));

        // The library's own IdTokenVerifier fails on a key set that has a key of EdDSA: docs/verify.md.
        var keys = Verifier.keysAt((String) metadata.get("jwks_uri"));
        var idToken = new Verifier(keys, GIVEN.get("ISSUER"), id).verify(tokens.getIdToken()).getPayload();
        check(nonce.equals(idToken.getNonce()), "another nonce");
        var user = get((String) metadata.get("userinfo_endpoint"), tokens.getAccessToken());
        check(idToken.getSubject().equals(user.get("sub")), "another user");
        System.out.println("user " + user.get("email"));

        var refreshed = refresh(flow, tokens.getRefreshToken());
        var leaving = new GenericUrl((String) metadata.get("end_session_endpoint"));
        leaving.set("id_token_hint", tokens.getIdToken());
        leaving.set("post_logout_redirect_uri", GIVEN.get("AFTER"));
        leaving.set("state", "bye");
        send("sign-out", leaving.build());
        try {
            refresh(flow, refreshed.getRefreshToken());
            throw new AssertionError("a session that was signed out of was refreshed");
        } catch (TokenResponseException refused) {
            check("invalid_grant".equals(refused.getDetails().getError()), refused.getMessage());
        }
    }

    private static TokenResponse refresh(AuthorizationCodeFlow flow, String token) throws Exception {
        return new RefreshTokenRequest(HTTP, flow.getJsonFactory(), new GenericUrl(flow.getTokenServerEncodedUrl()), token)
            .setClientAuthentication(flow.getClientAuthentication())
            .execute();
    }

    private static GenericJson get(String url, String token) throws Exception {
        var request = HTTP.createRequestFactory().buildGetRequest(new GenericUrl(url));
        if (token != null) request.getHeaders().setAuthorization("Bearer " + token);
        return request.setParser(new JsonObjectParser(GsonFactory.getDefaultInstance())).execute().parseAs(GenericJson.class);
    }

    /** Sends the user's browser somewhere, and gives the address that it comes back to. */
    private static String send(String what, String url) throws Exception {
        System.out.println(what + " " + url);
        return BROWSER.readLine().trim();
    }

    private static String random() {
        var bytes = new byte[32];
        new SecureRandom().nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) throw new AssertionError(otherwise);
    }
}
