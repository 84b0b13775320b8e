import com.google.api.client.json.GenericJson;
import com.google.api.client.json.gson.GsonFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** google-oauth-client, unmodified, as backends use it. Usage: Verify TOKENS, the file that verify.py wrote. */
final class Verify {
    @SuppressWarnings("unchecked")
    public static void main(String[] arguments) throws Exception {
        var text = Files.readString(Path.of(arguments[0]));
        var collected = GsonFactory.getDefaultInstance().fromString(text, GenericJson.class);
        var keys = Verifier.keysAt((String) collected.get("keys"));
        var verifiers = (List<Map<String, Object>>) collected.get("verifiers");
        var tokens = (List<Map<String, Object>>) collected.get("tokens");
        for (var by : verifiers) {
            var verifier = new Verifier(keys, (String) by.get("issuer"), (String) by.get("audience"));
            for (var sample : tokens) {
                var token = (String) sample.get("token");
                var good = by.get("name").equals(sample.get("good_for")) && isRsa(token);
                if (accepts(verifier, token) != good) {
                    throw new AssertionError(by.get("name") + ": " + sample.get("kind"));
                }
            }
        }
        System.out.printf("google-oauth-client: %d verifiers, %d tokens%n", verifiers.size(), tokens.size());
    }

    /** The library knows RS256 and ES256, and the verifier takes the first alone. */
    private static boolean isRsa(String token) {
        var header = token.substring(0, token.indexOf('.') < 0 ? 0 : token.indexOf('.'));
        return new String(java.util.Base64.getUrlDecoder().decode(header)).contains("\"RS256\"");
    }

    private static boolean accepts(Verifier verifier, String token) {
        try {
            verifier.verify(token);
            return true;
        } catch (Exception refused) {
            return false;
        }
    }
}
