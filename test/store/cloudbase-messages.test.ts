import { describeOnCloudBase } from './cloudbase-promises';

describeOnCloudBase('messages');
