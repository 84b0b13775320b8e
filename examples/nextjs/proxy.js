// Next.js 16 calls this before a page; for Next.js 15 name the file middleware.js and the function middleware.

import { NextResponse } from 'next/server';
import { refresh } from './lib/session.js';

export async function proxy(request) {
  const token = request.cookies.get('refresh_token')?.value;
  if (request.method !== 'GET' || request.cookies.has('access_token') || !token) return NextResponse.next();
  const lines = await refresh(token).catch(() => undefined);
  if (!lines) return NextResponse.next();
  // The browser asks for the same page again, with its new cookies.
  const again = NextResponse.redirect(request.url, 307);
  for (const line of lines) again.headers.append('set-cookie', line);
  return again;
}
