/** Said where a part of the app that comes only when it is opened did not come. */
export const NOT_LOADED = 'This part of the app can’t be loaded now. Check your network, close this and open it again.';
