// A phone app's session by the App API, for Flutter. Packages: http, flutter_secure_storage.

import 'dart:convert';
import 'package:flutter_secure_storage/flutter_secure_storage.dart';
import 'package:http/http.dart' as http;

class Refusal implements Exception {
  Refusal(this.status, this.message);
  final int status;
  final String message;
}

class Latchet {
  Latchet({required this.url, required this.appId, required this.appSecret});
  final String url, appId, appSecret;
  final _store = const FlutterSecureStorage();

  Future<Map<String, dynamic>> _call(String method, String path, {Map<String, String>? body, String? token}) async {
    final request = http.Request(method, Uri.parse('$url/api/v1/auth/$path'));
    request.headers['x-app-id'] = appId;
    request.headers['x-app-secret'] = appSecret;
    if (token != null) request.headers['authorization'] = 'Bearer $token';
    if (body != null) {
      request.headers['content-type'] = 'application/json';
      request.body = jsonEncode(body);
    }
    final answer = await http.Response.fromStream(await request.send());
    final value = jsonDecode(utf8.decode(answer.bodyBytes)) as Map<String, dynamic>;
    if (answer.statusCode != 200) throw Refusal(answer.statusCode, value['error'] as String);
    return value;
  }

  Future<Map<String, dynamic>> _signedIn(String path, Map<String, String> body) async {
    final value = await _call('POST', path, body: body);
    await _store.write(key: 'token', value: value['token'] as String);
    return value['user'] as Map<String, dynamic>;
  }

  Future<Map<String, dynamic>> register(String email, String password) =>
      _signedIn('register', {'email': email, 'password': password});

  /// `otp` is the code of a second factor, when the answer without it was 401 需要动态验证码.
  Future<Map<String, dynamic>> signIn(String email, String password, {String? otp}) =>
      _signedIn('login', {'email': email, 'password': password, if (otp != null) 'otp': otp});

  Future<void> sendCode(String phone) => _call('POST', 'send-code', body: {'phone': phone});

  Future<void> forgotPassword(String email) => _call('POST', 'forgot-password', body: {'email': email});

  Future<Map<String, dynamic>> signInByCode(String phone, String code, {String? otp}) =>
      _signedIn('login', {'phone': phone, 'code': code, if (otp != null) 'otp': otp});

  /// The user, or null where nobody is signed in.
  Future<Map<String, dynamic>?> me() async {
    final token = await _store.read(key: 'token');
    if (token == null) return null;
    try {
      return (await _call('GET', 'me', token: token))['user'] as Map<String, dynamic>;
    } on Refusal catch (refusal) {
      if (refusal.status != 401) rethrow;
      await _store.delete(key: 'token');
      return null;
    }
  }

  Future<void> signOut() => _store.delete(key: 'token');

  Future<void> deleteAccount() async {
    await _call('DELETE', 'account', token: await _store.read(key: 'token'));
    await signOut();
  }
}
