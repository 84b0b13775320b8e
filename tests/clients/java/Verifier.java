import com.google.api.client.auth.openidconnect.IdToken;
import com.google.api.client.http.GenericUrl;
import com.google.api.client.http.javanet.NetHttpTransport;
import com.google.api.client.json.GenericJson;
import com.google.api.client.json.JsonObjectParser;
import com.google.api.client.json.gson.GsonFactory;
import java.math.BigInteger;
import java.security.KeyFactory;
import java.security.spec.RSAPublicKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/** {@code keys}, {@code issuer} and {@code audience} are the server's own configuration, never values of a token. */
record Verifier(List<Map<String, String>> keys, String issuer, String audience) {
    /** The keys of a set that is published at an address. */
    @SuppressWarnings("unchecked")
    static List<Map<String, String>> keysAt(String url) throws Exception {
        var request = new NetHttpTransport().createRequestFactory().buildGetRequest(new GenericUrl(url));
        var parser = new JsonObjectParser(GsonFactory.getDefaultInstance());
        return (List<Map<String, String>>) request.setParser(parser).execute().parseAs(GenericJson.class).get("keys");
    }

    IdToken verify(String token) throws Exception {
        var read = IdToken.parse(GsonFactory.getDefaultInstance(), token);
        var header = read.getHeader();
        var key = keys.stream().filter(one -> one.get("kid").equals(header.getKeyId())).findFirst().orElseThrow();
        if (!"RS256".equals(header.getAlgorithm()) || !"RS256".equals(key.get("alg"))) throw new SecurityException("not RS256");
        var rsa = new RSAPublicKeySpec(number(key.get("n")), number(key.get("e")));
        var good = read.verifySignature(KeyFactory.getInstance("RSA").generatePublic(rsa))
            && read.verifyIssuer(issuer)
            && read.verifyAudience(List.of(audience))
            && read.verifyTime(System.currentTimeMillis(), 30);
        if (!good) throw new SecurityException("no token of " + issuer + " for " + audience);
        return read;
    }

    private static BigInteger number(String text) {
        return new BigInteger(1, Base64.getUrlDecoder().decode(text));
    }
}
